import Foundation
import Kafka
import Logging
import Synchronization
import Testing

@testable import Bridge

@Suite(.timeLimit(.minutes(5))) struct DeadLetterTests {
    private let record = KafkaRecord(
        topic: "payments.requests", partition: 3, offset: 42, key: [0xFF, 1], value: [0, 1, 2],
        headers: [KafkaHeader("ce_id", "e-1"), KafkaHeader("x", value: nil)])
    private let rejection = Rejection(.malformed, "the value is not JSON")

    /// A queue before a broker that answers with these errors first.
    private func queue(_ broker: ScriptedBroker) -> DeadLetterQueue {
        DeadLetterQueue(
            topic: "payments.dead-letters", backoff: Backoff(initialDelay: .milliseconds(1)),
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        ) { try broker.send($0) }
    }

    @Test("A dead letter has the record's bytes, key and headers, and says where it came from and why")
    func contents() async throws {
        let broker = ScriptedBroker()
        let before = Date()
        try await queue(broker).store(record, rejection, CallShield())
        let letter = try #require(broker.stored.first)
        #expect(letter.topic == "payments.dead-letters")
        #expect(letter.key == record.key)
        #expect(letter.value == record.value)
        #expect(Array(letter.headers.prefix(2)) == record.headers)
        #expect(
            letter.headers.dropFirst(2).map(\.name) == [
                "dlq_reason", "dlq_error", "dlq_topic", "dlq_partition", "dlq_offset", "dlq_time", "dlq_first_time",
            ])
        #expect(letter.headers.text(of: "dlq_reason") == "malformed")
        #expect(letter.headers.text(of: "dlq_error") == "the value is not JSON")
        #expect(letter.headers.text(of: "dlq_topic") == "payments.requests")
        #expect(letter.headers.text(of: "dlq_partition") == "3")
        #expect(letter.headers.text(of: "dlq_offset") == "42")
        let text = try #require(letter.headers.text(of: "dlq_time"))
        let time = try Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        #expect(abs(time.timeIntervalSince(before)) < 30)
    }

    @Test("A tombstone without a key stays one") func tombstone() async throws {
        let broker = ScriptedBroker()
        try await queue(broker).store(record.with(key: .some(nil), value: .some(nil)), rejection, CallShield())
        #expect(broker.stored.map(\.key) == [nil])
        #expect(broker.stored.map(\.value) == [nil])
    }

    @Test("The log tells what workflow it is about, and no key that is the id of none") func log() async throws {
        let log = MetadataLog()
        let queue = DeadLetterQueue(
            topic: "payments.dead-letters", backoff: Backoff(), logger: Logger(label: "tests") { _ in log }
        ) { _ in }
        for key in ["p-1", "ada@example.com"] {
            try await queue.store(record.with(key: Array(key.utf8)), rejection, CallShield())
        }
        let entries = log.entries.withLock { $0 }
        #expect(entries.map { $0["workflow_id"] } == ["p-1", nil])
        #expect(!"\(entries)".contains("ada"))
    }

    @Test("It is sent until the broker has it") func repeats() async throws {
        let broker = ScriptedBroker(errors: [.messageTimedOut, .unknownTopicOrPartition, .notEnoughReplicas])
        try await queue(broker).store(record, rejection, CallShield())
        #expect(broker.stored.count == 1)
    }

    @Test("What is too large as a whole is stored without its headers and the end of its value") func truncates()
        async throws
    {
        let broker = ScriptedBroker(errors: [.messageTimedOut, .messageTooLarge, .messageTimedOut])
        let large = record.with(key: [UInt8](repeating: 1, count: 5_000), value: [UInt8](repeating: 7, count: 900_000))
        try await queue(broker).store(large, rejection, CallShield())
        let letter = try #require(broker.stored.first)
        #expect(letter.key == nil)
        #expect(letter.value == [UInt8](repeating: 7, count: 16_384))
        #expect(letter.headers.text(of: "ce_id") == nil)
        #expect(letter.headers.text(of: "dlq_offset") == "42")
        #expect(letter.headers.text(of: "dlq_truncated") == "true")
    }
}

/// Takes records, after it has failed as told.
private final class ScriptedBroker: Sendable {
    private let state: Mutex<(errors: [KafkaErrorCode], stored: [ProducerRecord])>

    init(errors: [KafkaErrorCode] = []) {
        state = Mutex((errors, []))
    }

    var stored: [ProducerRecord] { state.withLock { $0.stored } }

    func send(_ record: ProducerRecord) throws {
        try state.withLock { state in
            guard state.errors.isEmpty else {
                throw KafkaError.failed(operation: "send", code: state.errors.removeFirst())
            }
            state.stored.append(record)
        }
    }
}

/// Keeps what else log entries say.
private final class MetadataLog: LogHandler, Sendable {
    let entries = Mutex<[Logger.Metadata]>([])

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { entries.withLock { $0.append(event.metadata ?? [:]) } }
}

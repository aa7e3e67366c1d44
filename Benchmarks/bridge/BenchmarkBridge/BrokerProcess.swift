import Foundation
import Kafka
import PaymentEvents
import SwiftProtobuf

/// A process of its own with a broker in memory that is full of records, on another processor than this one's.
final class BrokerProcess {
    private static let partitions = 16
    /// About how many records of a partition are produced at once.
    private static let batch = 2_000

    let records: Int
    let kafka: KafkaConfiguration
    private let process = Process()
    private let input = Pipe()

    /// Returns when the records are there.
    /// - Parameter isSmall: Whether they are a hundred bytes of nothing, in place of payment requests.
    init(records: Int, isSmall: Bool = false) throws {
        self.records = records
        process.executableURL = URL(filePath: "/usr/bin/taskset")
        let processor = max(0, ProcessInfo.processInfo.processorCount - 1)
        process.arguments = [
            "-c", "\(processor)", CommandLine.arguments[0], "broker", "\(records)", isSmall ? "small" : "requests",
        ]
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        kafka = KafkaConfiguration(
            bootstrapServers: line.trimmingCharacters(in: .whitespacesAndNewlines),
            properties: ["fetch.wait.max.ms": "10"])
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// What the process does, until its standard input ends.
    static func serve() async throws {
        let count = Int(CommandLine.arguments[2]) ?? 0
        let isSmall = CommandLine.arguments[3] == "small"
        let topics = Topics()
        let cluster = try MockKafkaCluster()
        for topic in [topics.requests, topics.confirmations, topics.cancellations, topics.deadLetters] {
            try cluster.createTopic(topic, partitions: partitions)
        }
        // The broker answers each fetch with one batch of a partition, just as it was produced: with batches of a few records
        // it would be the broker that is measured.
        let producer = try KafkaProducer(
            KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, properties: ["linger.ms": "100"]))
        let lanes = partitions * batch
        try await withThrowingTaskGroup { group in
            for lane in 0..<lanes {
                group.addTask {
                    for number in stride(from: lane, to: count, by: lanes) {
                        var record = isSmall ? small(number, topics.requests) : try request(number, topics.requests)
                        record.partition = Int32(number % partitions)
                        _ = try await producer.send(record)
                    }
                }
            }
            try await group.waitForAll()
        }
        await producer.close()
        FileHandle.standardOutput.write(Data((cluster.bootstrapServers + "\n").utf8))
        _ = FileHandle.standardInput.readDataToEndOfFile()
        await cluster.close()
    }

    private static func small(_ number: Int, _ topic: String) -> ProducerRecord {
        ProducerRecord(topic: topic, key: "key-\(number % 1_000)", value: [UInt8](repeating: 0x61, count: 100))
    }

    private static func request(_ number: Int, _ topic: String) throws -> ProducerRecord {
        let event = PaymentRequested.with {
            $0.paymentID = "payment-\(number)"
            $0.userID = "user-\(number % 1_000)"
            $0.amount.currency = "EUR"
            $0.amount.minorUnits = 2_599
            $0.paymentMethod.type = "card"
            $0.paymentMethod.token = "tok_ok"
            $0.merchantID = "merchant-9"
            $0.requestedAt.seconds = 1_767_323_045
        }
        let encoded = try EventCodec(source: "/benchmark").encode(event)
        return ProducerRecord(
            topic: topic, key: Array(encoded.key.utf8), value: encoded.value,
            headers: encoded.headers.map { KafkaHeader($0.name, $0.value) })
    }
}

import Kafka
import Logging
import Synchronization

/// Keeps ``ParkedKeys`` up to what the dead-letter topic says.
final class ParkingFeed: Sendable {
    fileprivate struct State {
        var reader: KafkaReader?
        /// The position up to which each partition of the topic was read.
        var positions: [TopicPartition: Int64] = [:]
        var failure: String?
    }

    private let kafka: KafkaConfiguration
    private let producer: RenewableProducer
    private let topic: String
    private let keys: ParkedKeys
    private let backoff: Backoff
    private let logger: Logger
    private let state = Mutex(State())
    /// Asked by all partitions that have come at the same time.
    private let ends = SharedLookup<(reader: KafkaReader, offsets: [TopicPartition: Int64])>()

    /// - Parameter producer: Tells how far the topic reaches.
    init(
        _ kafka: KafkaConfiguration, _ producer: RenewableProducer, topic: String, into keys: ParkedKeys,
        backoff: Backoff, logger: Logger
    ) {
        self.kafka = kafka
        self.producer = producer
        self.topic = topic
        self.keys = keys
        self.backoff = backoff
        self.logger = logger
    }

    /// Why the topic can't be read, so that partitions that come have to wait; `nil` while all is well.
    var failure: String? { state.withLock { $0.failure } }

    /// Follows the topic until the task is cancelled.
    func run() async {
        var attempt = 0
        while !Task.isCancelled {
            do {
                let reader = try await KafkaReader(kafka, topics: [topic])
                state.withLock { $0 = State(reader: reader) }
                attempt = 0
                await follow(reader)
                state.withLock { $0.reader = nil }
                await reader.close()
            } catch {
                attempt += 1
                if !Task.isCancelled {
                    state.withLock { $0.failure = "\(error)" }
                    logger.error("the dead-letter topic can't be read, trying on: \(error)")
                }
                // Cut short only by a cancellation, which the loop looks at next.
                try? await Task.sleep(for: backoff.delay(afterAttempt: attempt))
            }
        }
    }

    /// Waits until everything has been read that the topic has now: what the last owner of a partition has parked.
    ///
    /// - Throws: `CancellationError`.
    func catchUp() async throws {
        var attempt = 0
        while true {
            try Task.checkCancellation()
            if let (reader, offsets) = try? await ends.answer(lookUpEnds) {
                while state.withLock({ $0.reader === reader && !$0.hasReached(offsets) }) {
                    try await Task.sleep(for: .milliseconds(5))
                }
                if state.withLock({ $0.reader === reader }) { return }
            }
            attempt += 1
            try await Task.sleep(for: backoff.delay(afterAttempt: attempt))
        }
    }

    private func lookUpEnds() async throws -> (reader: KafkaReader, offsets: [TopicPartition: Int64]) {
        guard let reader = state.withLock({ $0.reader }) else { throw KafkaError.closed(client: "the parking feed") }
        let offsets = try await producer.ends(of: topic)
        if !offsets.keys.allSatisfy(reader.partitions.contains) { try await reader.lookForPartitions() }
        return (reader, offsets)
    }

    private func follow(_ reader: KafkaReader) async {
        for await event in reader.events {
            switch event {
            case .records(let records):
                for record in records {
                    keys.note(record)
                    state.withLock { $0.positions[record.topicPartition] = record.offset + 1 }
                }
            case .endOfPartition(let partition, let offset):
                state.withLock { $0.positions[partition] = max(offset, $0.positions[partition] ?? 0) }
            case .warning(.fatal(_, let reason)):
                logger.error("the reader of the dead-letter topic has failed and is replaced: \(reason)")
                return
            case .warning(let error):
                logger.debug("\(error)")
            }
        }
    }
}

extension ParkingFeed.State {
    fileprivate func hasReached(_ ends: [TopicPartition: Int64]) -> Bool {
        ends.allSatisfy { positions[$0.key, default: 0] >= $0.value }
    }
}

import Kafka
import Logging

/// Reads the newest records of a topic, and then those that come.
struct TopicFollower: Sendable {
    /// How many of those that a partition held before are read.
    private static let history: Int64 = 10_000
    private static let retryInterval = Duration.seconds(5)

    let topic: String
    let kafka: KafkaConfiguration
    let logger: Logger

    /// Follows the topic until the task is cancelled. After a failure it reads the newest records again.
    func run(_ note: (KafkaRecord) -> Void) async {
        var lastFailure: String?
        while !Task.isCancelled {
            do {
                let reader = try await KafkaReader(kafka, topics: [topic], from: .last(Self.history))
                lastFailure = nil
                await read(reader, note)
                await reader.close()
            } catch {
                let failure = "\(error)"
                logger.log(
                    level: failure == lastFailure ? .debug : .warning, "\(topic) can't be read, trying on: \(failure)")
                lastFailure = failure
            }
            // Cut short only by a cancellation, which the loop looks at next.
            try? await Task.sleep(for: Self.retryInterval)
        }
    }

    private func read(_ reader: KafkaReader, _ note: (KafkaRecord) -> Void) async {
        // Errors come again and again, for each partition; each kind is news once, until records come.
        var warnings: Set<KafkaErrorCode?> = []
        for await event in reader.events {
            switch event {
            case .records(let records):
                warnings = []
                for record in records { note(record) }
            case .endOfPartition: break
            case .warning(.fatal(_, let reason)):
                logger.error("the reader of \(topic) has failed and is replaced: \(reason)")
                return
            case .warning(let error):
                let isNews = warnings.insert(error.code).inserted
                logger.log(level: isNews ? .warning : .debug, "\(topic) is not read in full, trying on: \(error)")
            }
        }
    }
}

extension KafkaRecord {
    /// The headers that are text; those of events are.
    var textHeaders: [(name: String, value: String)] {
        headers.compactMap { header in
            header.value.map { (name: header.name, value: String(decoding: $0, as: UTF8.self)) }
        }
    }
}

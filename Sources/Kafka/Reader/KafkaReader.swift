internal import CRdKafka

/// Reads all partitions of some topics and follows them, without a consumer group: it shares with nobody, commits
/// nothing, and every reader sees every record.
///
/// Partitions that the topics get later are read as well, from their oldest record: the reader looks for such twice a
/// minute. End it with ``close()``.
public final class KafkaReader: Sendable {
    /// Where a reader begins.
    public enum Start: Sendable {
        /// At the oldest record there is.
        case beginning
        /// Behind the newest record there is while the reader is made.
        case end
        /// At so many records before the newest, of each partition, or at its oldest.
        case last(Int64)
    }

    private static let warningLimit = 100
    private static let growthPatience = Duration.seconds(10)

    /// Records and what lies between them, in order. Fetching stops while enough of them wait unread.
    public let events: KafkaEvents<KafkaReaderEvent>

    private let handle: ClientHandle
    private let queue: RecordQueue
    private let reading: ReadPartitions

    /// Looks the topics up and starts to read.
    ///
    /// - Parameters:
    ///   - maximumBatch: the largest number of records in one event.
    ///   - readAhead: fetching stops while this many records wait unread; see
    ///     ``KafkaConsumerConfiguration/readAhead``.
    ///   - timeout: how long to try to reach the cluster.
    /// - Throws: ``KafkaError/unreachable(servers:reason:)``; ``KafkaError/unknownTopic(_:)``;
    ///   ``KafkaError/invalidConfiguration(property:reason:)``; ``KafkaError/failed(operation:code:)``;
    ///   `CancellationError`.
    public convenience init(
        _ configuration: KafkaConfiguration,
        topics: [String],
        from start: Start = .beginning,
        maximumBatch: Int = 500,
        readAhead: Int = 100_000,
        timeout: Duration = .seconds(10)
    ) async throws {
        try await self.init(
            configuration, topics: topics, from: start, maximumBatch: maximumBatch, readAhead: readAhead,
            timeout: timeout, growth: Growth())
    }

    /// How a reader learns of the partitions that topics get.
    struct Growth {
        var interval = Duration.seconds(30)
        var partitions: ReadPartitions.LookUp = { try await $0.partitions(of: $1, timeout: $2) }
    }

    init(
        _ configuration: KafkaConfiguration, topics: [String], from start: Start = .beginning, maximumBatch: Int = 500,
        readAhead: Int = 100_000, timeout: Duration = .seconds(10), growth: Growth
    ) async throws {
        let properties = ClientProperties(
            required: ["enable.partition.eof": "true", "queued.min.messages": String(readAhead)],
            defaults: [
                // A reader whose place is gone begins anew, and leaves out nothing.
                "auto.offset.reset": "earliest", "queued.max.messages.kbytes": "32768", "log.thread.name": "false",
            ]
        )
        let name = "the Kafka reader of \(topics.joined(separator: ", "))"
        let handle = try ClientHandle(.consumer, configuration: configuration, properties: properties, name: name)
        let mailbox = EventMailbox<KafkaReaderEvent>()
        self.handle = handle
        do {
            let records = try Self.watchQueues(of: handle, mailbox)
            queue = records
            events = KafkaEvents(
                source: { await Self.next(handle, mailbox, records, maximumBatch) },
                listen: { mailbox.listen($0) }
            )
            handle.onDestroy { mailbox.finish() }
            try await handle.waitUntilReachable(timeout: timeout)
            reading = try ReadPartitions(of: topics, handle, into: records, lookUp: growth.partitions)
            try await reading.begin(start, handle, timeout: timeout)
        } catch {
            await handle.destroy()
            throw error
        }
        let growing = Task { [reading, weak handle] in
            while (try? await Task.sleep(for: growth.interval)) != nil, let handle {
                do {
                    // Whatever it fails with, the next look comes an interval later, until the reader is closed.
                    try await reading.grow(handle, timeout: Self.growthPatience)
                } catch let error as KafkaError {
                    mailbox.post(.warning(error), unlessMoreThan: Self.warningLimit)
                }
            }
        }
        handle.onDestroy { growing.cancel() }
    }

    /// The partitions that are read, in no particular order.
    public var partitions: [TopicPartition] { reading.all }

    /// How many records are fetched and wait to be read.
    public var waitingRecords: Int {
        (try? handle.use { _ in queue.count }) ?? 0
    }

    /// Looks now for partitions that the topics have got, and reads them.
    ///
    /// - Throws: ``KafkaError/failed(operation:code:)``; ``KafkaError/unknownTopic(_:)``; ``KafkaError/closed(client:)``.
    public func lookForPartitions(timeout: Duration = .seconds(10)) async throws {
        try await reading.grow(handle, timeout: timeout)
    }

    /// Stops reading and frees everything; the events end. A second call returns at once.
    public func close() async {
        await handle.destroy()
    }

    private static func watchQueues(
        of handle: ClientHandle,
        _ mailbox: EventMailbox<KafkaReaderEvent>
    ) throws -> RecordQueue {
        let (main, records) = try handle.use { client in
            guard let main = rd_kafka_queue_get_main(client), let records = rd_kafka_queue_new(client) else {
                throw KafkaError.closed(client: handle.context.name)
            }
            return (ClientHandle.Pointer(raw: main), RecordQueue(pointer: ClientHandle.Pointer(raw: records)))
        }
        let scheduler = DrainScheduler(label: "kafka.reader")
        handle.context.handle(
            .init(failure: { [weak mailbox] in mailbox?.post(.warning($0), unlessMoreThan: warningLimit) })
        )
        handle.watch(main) { [weak handle] in
            scheduler.request { [weak handle] in try? handle?.use { _ = rd_kafka_poll($0, 0) } }
        }
        handle.watch(records.pointer) { mailbox.recordsArrived() }
        return records
    }

    private static func next(
        _ handle: ClientHandle,
        _ mailbox: EventMailbox<KafkaReaderEvent>,
        _ records: RecordQueue,
        _ limit: Int
    ) async -> KafkaReaderEvent? {
        while !Task.isCancelled {
            switch mailbox.take() {
            case .event(let event): return event
            case .finished: return nil
            case .nothing: await mailbox.wait()
            case .records:
                guard let batch = try? handle.use({ _ in records.drain(limit: limit, bytes: .max) }) else { return nil }
                // The queue tells only when it stops being empty.
                if batch.isCut { mailbox.recordsArrived() }
                for notice in batch.notices {
                    switch notice {
                    case .endOfPartition(let partition, let offset):
                        mailbox.post(.endOfPartition(partition, offset: offset))
                    case .failure(let error): mailbox.post(.warning(error), unlessMoreThan: warningLimit)
                    }
                }
                if !batch.records.isEmpty { return .records(batch.records) }
            }
        }
        return nil
    }
}

internal import CRdKafka
internal import Dispatch

/// An idempotent producer: each record is stored once and in order per partition, whatever the connection does, and
/// ``send(_:)`` returns when all in-sync replicas have it.
///
/// Thread-safe; meant to live as long as the process and to be shared. Close it with ``close(timeout:)`` so that
/// records still queued get out. Keys choose partitions as Java clients do (`murmur2_random`).
public final class KafkaProducer: Sendable {
    private let handle: ClientHandle
    private let deliveries = DeliveryTable()

    /// - Parameters:
    ///   - queueLimit: how many records may await acknowledgement; senders beyond wait for room.
    /// - Throws: ``KafkaError/invalidConfiguration(property:reason:)``. Whether the cluster can be reached shows later.
    public init(_ configuration: KafkaConfiguration, queueLimit: Int = 100_000) throws {
        let properties = ClientProperties(
            required: [
                "enable.idempotence": "true",
                "acks": "all",
                "queue.buffering.max.messages": String(queueLimit),
            ],
            defaults: [
                "partitioner": "murmur2_random",
                // Senders wait for acknowledgements, so lingering only adds latency: under load, records gather into
                // batches while earlier ones are on their way.
                "linger.ms": "0",
                "delivery.timeout.ms": "120000",
                // Until it has seen that a topic has more partitions, it sends keys elsewhere than others do.
                "topic.metadata.refresh.interval.ms": "30000",
                "log.thread.name": "false",
            ]
        )
        let handle = try ClientHandle(
            .producer,
            configuration: configuration,
            properties: properties,
            name: "the Kafka producer",
            events: RD_KAFKA_EVENT_DR
        )
        self.handle = handle
        guard let queue = try handle.use(rd_kafka_queue_get_main) else {
            throw KafkaError.closed(client: "the Kafka producer")
        }
        let reports = ClientHandle.Pointer(raw: queue)
        let scheduler = DrainScheduler(label: "kafka.producer")
        handle.watch(reports) { [deliveries, weak handle] in
            scheduler.request { [weak handle] in
                // After the client is closed there is nothing left to drain.
                try? handle?.use { client in Self.drain(reports, of: client, into: deliveries) }
            }
        }
    }

    /// Sends a record and waits until it is stored.
    ///
    /// When the queue is full it waits for room. Cancelling the task ends that wait; it doesn't take back a record that
    /// is queued already, so the call then still waits for its acknowledgement.
    ///
    /// - Throws: ``KafkaError/failed(operation:code:)`` when the broker refuses the record or `delivery.timeout.ms`
    ///   passes (it may have been stored nonetheless); ``KafkaError/fatal(code:reason:)``;
    ///   ``KafkaError/closed(client:)``; `CancellationError`.
    public func send(_ record: ProducerRecord) async throws -> KafkaDelivery {
        while true {
            switch try await attempt(record) {
            case .delivered(let delivery): return delivery
            case .room: continue
            }
        }
    }

    /// How many calls of ``send(_:)`` wait for acknowledgement or room.
    public var unacknowledged: Int { deliveries.count }

    /// Waits until a broker answers.
    ///
    /// - Throws: ``KafkaError/unreachable(servers:reason:)`` after `timeout`; `CancellationError`.
    public func waitUntilReachable(timeout: Duration = .seconds(10)) async throws {
        try await handle.waitUntilReachable(timeout: timeout)
    }

    /// Waits until the cluster has told of the topics. The first record to a topic of which the producer knows nothing
    /// takes up to a second longer.
    ///
    /// - Throws: ``KafkaError/unreachable(servers:reason:)`` or ``KafkaError/unknownTopic(_:)`` after `timeout`, the
    ///   latter unless the cluster makes topics that are asked for; ``KafkaError/failed(operation:code:)`` for example
    ///   for a topic the client may not see; ``KafkaError/closed(client:)``; `CancellationError`.
    public func prepare(topics: [String], timeout: Duration = .seconds(10)) async throws {
        try await handle.waitForTopics(topics, timeout: timeout)
    }

    /// The offsets behind the newest records of all partitions of a topic. A producer has the answer at once: a client that
    /// reads waits on the same connection for records.
    ///
    /// - Throws: ``KafkaError/unknownTopic(_:)``; ``KafkaError/failed(operation:code:)``; ``KafkaError/closed(client:)``.
    public func ends(of topic: String, timeout: Duration = .seconds(10)) async throws -> [TopicPartition: Int64] {
        let partitions = try await handle.partitions(of: topic, timeout: timeout)
        return try await handle.ends(
            of: partitions.map { TopicPartition(topic: topic, partition: $0) }, timeout: timeout)
    }

    /// Refuses new records, gives those queued up to `timeout` to be acknowledged, fails the rest and frees everything.
    /// A second call returns at once.
    public func close(timeout: Duration = .seconds(30)) async {
        guard deliveries.close(client: handle.context.name) else { return }
        try? await handle.useBlocking { client in
            let flushed = rd_kafka_flush(client, timeout.milliseconds)
            if flushed != RD_KAFKA_RESP_ERR_NO_ERROR {
                rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
                // Purged records are reported like all others; this waits until those reports are drained.
                rd_kafka_flush(client, Duration.seconds(5).milliseconds)
            }
        }
        await handle.destroy()
        deliveries.failAll(.closed(client: handle.context.name))
    }

    private func attempt(_ record: ProducerRecord) async throws -> DeliveryTable.Outcome {
        let id = deliveries.makeID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                deliveries.enter(id, continuation) {
                    try handle.use { client in
                        try RecordEncoder.produce(record, id: id, with: client)
                    }
                }
            }
        } onCancel: {
            deliveries.stopWaiting(id)
        }
    }

    private static func drain(_ reports: ClientHandle.Pointer, of client: OpaquePointer, into deliveries: DeliveryTable)
    {
        while let event = rd_kafka_queue_poll(reports.raw, 0) {
            guard rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR else {
                // Errors of connections are logged, and show in the records they fail.
                rd_kafka_event_destroy(event)
                continue
            }
            var results: [(UInt, Result<KafkaDelivery, any Error>)] = []
            results.reserveCapacity(rd_kafka_event_message_count(event))
            while let message = rd_kafka_event_message_next(event)?.pointee {
                results.append((UInt(bitPattern: message._private), result(of: message, client)))
            }
            // The records count against the queue until the event is gone, so senders are let in afterwards.
            rd_kafka_event_destroy(event)
            deliveries.complete(results)
        }
    }

    private static func result(
        of message: rd_kafka_message_t,
        _ client: OpaquePointer
    ) -> Result<KafkaDelivery, any Error> {
        switch message.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            return .success(KafkaDelivery(partition: message.partition, offset: message.offset))
        case _ where rd_kafka_fatal_error(client, nil, 0) != RD_KAFKA_RESP_ERR_NO_ERROR:
            // Records that were queued when it came are reported as purged.
            return .failure(KafkaError.fatal(of: client))
        default:
            let topic = String(cString: rd_kafka_topic_name(message.rkt))
            return .failure(
                KafkaError.failed(operation: "send a record to '\(topic)'", code: KafkaErrorCode(message.err))
            )
        }
    }
}

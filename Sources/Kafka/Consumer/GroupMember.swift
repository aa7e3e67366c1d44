internal import CRdKafka
internal import Dispatch
internal import Synchronization

/// The working part of a ``KafkaConsumer``.
///
/// Two queues of librdkafka are read apart. The consumer queue carries rebalances, commit results and errors; it is
/// served on a serial dispatch queue as they come, and once a second so that the member counts as alive however slow
/// the application is. Records go from each partition straight to the record queue, where they wait until the
/// application asks: a slow application stops fetching, and never a rebalance.
final class GroupMember: Sendable {
    let configuration: KafkaConsumerConfiguration
    let handle: ClientHandle
    let mailbox = EventMailbox<KafkaConsumerEvent>()
    let assigned = AssignedPartitions()
    let commits = CommitTable()
    let records: RecordQueue
    let control: ClientHandle.Pointer
    let scheduler = DrainScheduler(label: "kafka.consumer")
    let pendingRevocation = Mutex<PendingRevocation?>(nil)
    /// Whether the group has handed this member an assignment, be it an empty one.
    let hasJoined = Atomic(false)
    /// Whether what it has is all that the group means it to have.
    let hasShare = Atomic(false)
    /// Held from the look for events until records are taken, and while partitions are added: records of a partition
    /// that came before the news of it would be taken for those of one that has gone.
    let intake = Mutex(())
    private let departure = Mutex(Departure.notAsked)

    private enum Departure {
        case notAsked
        case underWay(CheckedContinuation<Void, Never>?)
        case done
    }

    /// How many events may wait before further warnings are dropped.
    private static let warningLimit = 100
    private static let pollInterval = DispatchTimeInterval.seconds(1)

    init(_ client: KafkaConfiguration, _ configuration: KafkaConsumerConfiguration) throws {
        try configuration.validate()
        let name = "the Kafka consumer of group '\(configuration.groupID)'"
        let handle = try ClientHandle(
            .consumer,
            configuration: client,
            properties: configuration.properties,
            name: name
        )
        self.configuration = configuration
        self.handle = handle
        (control, records) = try handle.use { client in
            rd_kafka_poll_set_consumer(client)
            guard let control = rd_kafka_queue_get_consumer(client), let records = rd_kafka_queue_new(client) else {
                throw KafkaError.closed(client: name)
            }
            return (
                ClientHandle.Pointer(raw: control), RecordQueue(pointer: ClientHandle.Pointer(raw: records))
            )
        }
        handle.watch(records.pointer) { [weak mailbox] in mailbox?.recordsArrived() }
        handle.watch(control) { [weak self] in self?.requestServing() }
        handle.context.handle(
            .init(
                failure: { [weak self] error in self?.warn(error) },
                rebalance: { [weak self] code, partitions in self?.rebalance(code, partitions) },
                commit: { [weak commits] id, code in
                    let error = code.map { KafkaError.failed(operation: "commit offsets", code: $0) }
                    commits?.complete(id, error.map { .failure($0) } ?? .success(()))
                }
            )
        )
    }

    /// Joins the group.
    func join() throws {
        let topics = configuration.topics.map { TopicPartition(topic: $0, partition: RD_KAFKA_PARTITION_UA) }
        let code = try handle.use { client in
            PartitionList.with(topics) { rd_kafka_subscribe(client, $0) }
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let list = configuration.topics.joined(separator: ", ")
            throw KafkaError.failed(operation: "subscribe to \(list)", code: KafkaErrorCode(code))
        }
        servePeriodically()
    }

    /// The next event for the application; `nil` after the end or when the task is cancelled.
    func next() async -> KafkaConsumerEvent? {
        while !Task.isCancelled {
            switch look() {
            case .event(let event): return event
            case .finished: return nil
            case .records: continue
            case .nothing: await mailbox.wait()
            }
        }
        return nil
    }

    /// What there is for the application; `.records` if those that had arrived were none for it.
    private func look() -> EventMailbox<KafkaConsumerEvent>.Content {
        intake.withLock { _ in
            let content = mailbox.take()
            guard case .records = content, let batch = nextBatch() else { return content }
            return .event(.records(batch))
        }
    }

    func listen(_ difference: Int) {
        guard mailbox.listen(difference) == 0 else { return }
        // Nobody is left to acknowledge what has not been handed out.
        for case .revoked(let revocation) in mailbox.undelivered { revocation.acknowledge() }
    }

    func warn(_ error: KafkaError) {
        mailbox.post(.warning(error), unlessMoreThan: Self.warningLimit)
    }

    /// Leaves the group and frees everything. A second call returns at once.
    func leave() async {
        let isFirst = departure.withLock { departure in
            guard case .notAsked = departure else { return false }
            departure = .underWay(nil)
            return true
        }
        guard isFirst else { return }
        await withCheckedContinuation { continuation in
            departure.withLock { $0 = .underWay(continuation) }
            scheduler.queue.async { self.startLeaving() }
            // Long enough for the application's acknowledgement and for the broker's answers; after that the member
            // is dropped, and the group notices by its session timeout.
            let limit = configuration.revocationTimeout + .seconds(15)
            scheduler.queue.asyncAfter(deadline: .now() + .milliseconds(Int(limit.milliseconds))) { [weak self] in
                self?.left()
            }
        }
        assigned.remove(assigned.all)
        mailbox.finish()
        await handle.destroy()
        commits.failAll(.closed(client: handle.context.name))
    }

    private func startLeaving() {
        // librdkafka before 2.3 would end the process (librdkafka issue 4312); the group notices by its session timeout.
        if configuration.assignment == .cooperativeSticky, !hasJoined.load(ordering: .acquiring) { return left() }
        let isUnderWay = try? handle.use { client in
            guard let error = rd_kafka_consumer_close_queue(client, control.raw) else { return true }
            rd_kafka_error_destroy(error)
            return false
        }
        // After a fatal error there is no group to leave.
        if isUnderWay != true { left() }
        requestServing()
    }

    private func left() {
        let waiting = departure.withLock { departure in
            guard case .underWay(let continuation) = departure else { return nil as CheckedContinuation<Void, Never>? }
            departure = .done
            return continuation
        }
        waiting?.resume()
    }

    private func nextBatch() -> [KafkaRecord]? {
        let (limit, bytes) = (configuration.maximumBatch, configuration.maximumBatchBytes)
        guard let batch = try? handle.use({ _ in records.drain(limit: limit, bytes: bytes) }) else { return nil }
        // The queue tells only when it stops being empty.
        if batch.isCut { mailbox.recordsArrived() }
        for notice in batch.notices {
            switch notice {
            case .endOfPartition(let partition, let offset):
                mailbox.post(.endOfPartition(partition, offset: offset))
            case .failure(let error): warn(error)
            }
        }
        let accepted = assigned.accept(batch.records)
        return accepted.isEmpty ? nil : accepted
    }

    private func requestServing() {
        scheduler.request { [weak self] in self?.serve() }
    }

    private func servePeriodically() {
        requestServing()
        scheduler.queue.asyncAfter(deadline: .now() + Self.pollInterval) { [weak self] in
            guard let self, !isDone else { return }
            servePeriodically()
        }
    }

    private var isDone: Bool {
        departure.withLock { departure in
            if case .done = departure { true } else { false }
        }
    }

    private func serve() {
        try? handle.use { client in
            while let message = rd_kafka_consumer_poll(client, 0) {
                report(message.pointee.err, String(cString: rd_kafka_message_errstr(message)))
                rd_kafka_message_destroy(message)
            }
            if rd_kafka_consumer_closed(client) != 0 { left() }
        }
    }

    private func report(_ code: rd_kafka_resp_err_t, _ reason: String) {
        let operation = "keep up membership of group '\(configuration.groupID)': \(reason)"
        warn(.failed(operation: operation, code: KafkaErrorCode(code)))
    }
}

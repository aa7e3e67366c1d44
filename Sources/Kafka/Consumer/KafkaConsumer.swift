internal import CRdKafka
internal import Synchronization

/// A member of a consumer group.
///
/// It joins when made and hands out ``events``: partitions that come and go, and their records in batches. Nothing is
/// committed by itself: ``commit(_:)`` what is done. Reading again after a crash starts at the last commit, so a record
/// may come more than once and is never left out.
///
/// Thread-safe. End it with ``close()``, which lets the application finish first; a consumer that is merely dropped
/// disappears as if its process had died, and the group waits for its session timeout.
public final class KafkaConsumer: Sendable {
    /// What happens, in order. Read it without long pauses: a rebalance of the whole group waits for it. The member
    /// stays in the group meanwhile, however long handling an event takes.
    public let events: KafkaEvents<KafkaConsumerEvent>

    private let member: GroupMember

    /// Starts to join the group.
    ///
    /// - Throws: ``KafkaError/invalidConfiguration(property:reason:)``. Whether the cluster can be reached shows later.
    public init(_ client: KafkaConfiguration, _ configuration: KafkaConsumerConfiguration) throws {
        let member = try GroupMember(client, configuration)
        self.member = member
        self.events = KafkaEvents(source: { await member.next() }, listen: { member.listen($0) })
        try member.join()
    }

    /// The partitions this member has at the moment, in no particular order.
    public var assignment: [TopicPartition] { member.assigned.all }

    /// Whether the group has given this member its share of the partitions, which may be none at all. False before the
    /// first assignment, and from a revocation until the next assignment.
    public var hasShare: Bool { member.hasShare.load(ordering: .acquiring) }

    /// How many records are fetched and wait to be read.
    public var waitingRecords: Int {
        (try? member.handle.use { _ in member.records.count }) ?? 0
    }

    /// Leaves fetched records where they are, or hands them out again. All other events go on meanwhile, and so does the
    /// membership: this is back pressure from an application whose memory is full.
    public func holdRecords(_ holds: Bool) {
        member.mailbox.holdRecords(holds)
    }

    /// Commits positions: each offset is that of the next record to read. Returns when the coordinator has them.
    ///
    /// - Throws: ``KafkaError/notAssigned(partitions:)`` for partitions that were lost or acknowledged as revoked;
    ///   ``KafkaError/failed(operation:code:)``, for example with ``KafkaErrorCode/illegalGeneration`` or
    ///   ``KafkaErrorCode/unknownMember`` when they are being lost at this moment; ``KafkaError/closed(client:)``.
    public func commit(_ offsets: [TopicPartitionOffset]) async throws {
        guard !offsets.isEmpty else { return }
        try member.requireOwnership(of: offsets.map(\.topicPartition))
        try await withCheckedThrowingContinuation { continuation in
            let id = member.commits.add(continuation)
            do {
                try member.handle.use { client in
                    let code = PartitionList.with(offsets) { list in
                        rd_kafka_commit_queue(
                            client, list, member.control.raw,
                            { client, code, offsets, id in
                                let error =
                                    code == RD_KAFKA_RESP_ERR_NO_ERROR
                                    ? PartitionList.firstError(in: offsets) : KafkaErrorCode(code)
                                ClientContext.of(client)?.current.commit(UInt(bitPattern: id), error)
                            },
                            UnsafeMutableRawPointer(bitPattern: id)
                        )
                    }
                    try KafkaError.check(code, "commit offsets")
                }
            } catch {
                member.commits.complete(id, .failure(error))
            }
        }
    }

    /// Stops fetching from these partitions. Records that were already on their way to the application may still come.
    /// A partition that is assigned anew is not paused.
    ///
    /// - Throws: ``KafkaError/failed(operation:code:)`` if one of them is not assigned; ``KafkaError/closed(client:)``.
    public func pause(_ partitions: [TopicPartition]) async throws {
        try await forEach(partitions, "pause") { rd_kafka_pause_partitions($0, $1) }
    }

    /// Fetches from paused partitions again, from the record after the last one handed out.
    ///
    /// - Throws: as ``pause(_:)``.
    public func resume(_ partitions: [TopicPartition]) async throws {
        try await forEach(partitions, "resume") { rd_kafka_resume_partitions($0, $1) }
    }

    /// The group's committed positions. Partitions without one are left out.
    ///
    /// - Throws: ``KafkaError/failed(operation:code:)``; ``KafkaError/closed(client:)``.
    public func committedOffsets(
        of partitions: [TopicPartition],
        timeout: Duration = .seconds(10)
    ) async throws -> [TopicPartition: Int64] {
        let found = try await member.handle.useBlocking { client in
            try PartitionList.with(partitions) { list in
                try KafkaError.check(rd_kafka_committed(client, list, timeout.milliseconds), "read committed offsets")
                return PartitionList.read(list)
            }
        }
        return Dictionary(found.filter { $0.offset >= 0 }.map { ($0.topicPartition, $0.offset) }) { first, _ in first }
    }

    /// Asks the broker for the range of offsets a partition holds.
    ///
    /// - Throws: ``KafkaError/failed(operation:code:)``; ``KafkaError/closed(client:)``.
    public func watermarks(
        of partition: TopicPartition,
        timeout: Duration = .seconds(10)
    ) async throws -> KafkaWatermarks {
        try await member.handle.watermarks(of: partition, timeout: timeout)
    }

    /// How many records of each assigned partition lie beyond the group's committed position. A partition without one
    /// counts from its oldest record. Below zero is a partition that ends before that position: its log was cut, or its
    /// topic made anew; or the position was committed between the two questions this takes.
    ///
    /// - Throws: as ``watermarks(of:timeout:)``.
    public func lag(timeout: Duration = .seconds(10)) async throws -> [TopicPartition: Int64] {
        let partitions = assignment
        let committed = try await committedOffsets(of: partitions, timeout: timeout)
        let ranges = try await member.handle.watermarks(of: partitions, timeout: timeout)
        return ranges.reduce(into: [:]) { lag, found in
            let (partition, range) = found
            lag[partition] = range.high - max(range.low, committed[partition] ?? range.low)
        }
    }

    /// Waits until a broker answers.
    ///
    /// - Throws: ``KafkaError/unreachable(servers:reason:)`` after `timeout`; `CancellationError`.
    public func waitUntilReachable(timeout: Duration = .seconds(10)) async throws {
        try await member.handle.waitUntilReachable(timeout: timeout)
    }

    /// Leaves the group and frees everything.
    ///
    /// Whoever reads ``events`` gets the partitions as revoked first, can still commit, and has up to the revocation
    /// timeout to acknowledge; then the sequence ends. When nobody reads, that wait falls away, so a loop that closes
    /// its own consumer must be left before. A second call returns at once.
    public func close() async {
        await member.leave()
    }

    private func forEach(
        _ partitions: [TopicPartition],
        _ verb: String,
        _ body:
            @escaping @Sendable (OpaquePointer, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) ->
            rd_kafka_resp_err_t
    ) async throws {
        try await member.handle.useBlocking { client in
            try PartitionList.with(partitions) { list in
                try KafkaError.check(body(client, list), "\(verb) partitions")
                if let code = PartitionList.firstError(in: list) {
                    throw KafkaError.failed(operation: "\(verb) partitions", code: code)
                }
            }
        }
    }
}

import Kafka

/// The records of one partition, from their arrival until they are done.
///
/// Records of one key follow each other; those of different keys go their own ways. With too many under way the
/// partition is paused, so that a slow key fills no memory and holds up no other partition.
actor PartitionPipeline {
    /// What a pipeline does with records, and with the partition.
    struct Work: Sendable {
        /// Brings a record to its end; throws if it must come again.
        var settle: @Sendable (KafkaRecord, CallShield) async throws -> Void
        /// Waits until records may be settled, and says where the group left off.
        var prepare: @Sendable (TopicPartition) async -> Int64? = { _ in nil }
        /// Stops the partition's records, or lets them come again.
        var setPaused: @Sendable (TopicPartition, Bool) async throws -> Void = { _, _ in }
        /// Told of records that should have come and did not.
        var reportGap: @Sendable (OffsetGap) async -> Void = { _ in }
        /// Told of a failure that no other attempt can mend.
        var onFailure: @Sendable (any Error) -> Void
    }

    let partition: TopicPartition
    private let window: Int
    private let reach: Int
    private let budget: IntakeBudget
    private let work: Work

    private let calls = CallShield()
    private var tracker = OffsetTracker()
    private var committed: Int64?
    /// Since when nothing was done although something is under way.
    private var waitingSince: ContinuousClock.Instant?
    /// By offset; true as the result means that the record is done.
    private var underWay: [Int64: Task<Bool, Never>] = [:]
    /// The offset of each key's last record under way.
    private var lastOfKey: [[UInt8]: Int64] = [:]
    private var preparation: Task<Int64?, Never>?
    private var isStopped = false
    private var isPaused = false
    private var flowChange: Task<Void, Never>?

    /// - Parameters:
    ///   - window: The number of records under way at which the partition is paused, until half of it is left.
    ///   - reach: The number of records behind the first unfinished one at which it is paused: that they are done is
    ///     kept in memory until that one is.
    init(_ partition: TopicPartition, window: Int, reach: Int = 1_000_000, budget: IntakeBudget, _ work: Work) {
        self.partition = partition
        self.window = max(1, window)
        self.reach = max(1, reach)
        self.budget = budget
        self.work = work
    }

    /// Takes records on, in the order of their offsets, and returns without waiting for their end. If they are too
    /// many, it returns when the partition is paused.
    func accept(_ records: [KafkaRecord]) async {
        guard !isStopped else { return }
        if tracker.last == nil, let first = records.first { prepare(for: first.offset) }
        for record in records {
            let expected = tracker.last.map { $0 + 1 }
            guard tracker.begin(record.offset) else { continue }
            if let expected, record.offset > expected { report(expected: expected, found: record.offset) }
            budget.add(1, bytes: record.size)
            let predecessor = record.key.flatMap { lastOfKey[$0] }.flatMap { underWay[$0] }
            underWay[record.offset] = Task { [preparation] in
                _ = await preparation?.value
                return await process(record, after: predecessor)
            }
            if let key = record.key { lastOfKey[key] = record.offset }
        }
        if waitingSince == nil, !underWay.isEmpty { waitingSince = .now }
        adjustFlow()
        if !isPaused { await flowChange?.value }
    }

    /// The position to commit, if it has moved since the last commit.
    var uncommitted: TopicPartitionOffset? {
        guard let position = tracker.position, position != committed else { return nil }
        return TopicPartitionOffset(partition, offset: position)
    }

    /// How far it has come.
    var progress: PartitionProgress {
        PartitionProgress(position: tracker.position, underWay: underWay.count, waitingSince: waitingSince)
    }

    func markCommitted(_ position: TopicPartitionOffset) {
        committed = position.offset
    }

    /// Pauses or resumes as the number of records demands. It happens by itself; calling this makes up for a failure.
    func adjustFlow() {
        guard flowChange == nil, !isStopped else { return }
        let (count, distance) = (underWay.count, tracker.outstanding)
        let shouldPause =
            isPaused ? count > window / 2 || distance > reach / 2 : count >= window || distance >= reach
        guard shouldPause != isPaused else { return }
        flowChange = Task {
            // It fails only when the partition has gone, which shows otherwise.
            let hasChanged = (try? await work.setPaused(partition, shouldPause)) != nil
            flowChange = nil
            guard hasChanged else { return }
            isPaused = shouldPause
            adjustFlow()
        }
    }

    /// Begins nothing more, gives calls on their way up to `limit` to be answered, and returns when nothing is under
    /// way.
    func drain(within limit: Duration) async {
        isStopped = true
        preparation?.cancel()
        let tasks = Array(underWay.values)
        for task in tasks { task.cancel() }
        let calls = calls
        let timeout = Task {
            try await Task.sleep(for: limit)
            calls.giveUp()
        }
        for task in tasks { _ = await task.value }
        timeout.cancel()
        // A pause that came late would hold up the partition's next pipeline, which knows nothing of it.
        await flowChange?.value
    }

    private func prepare(for first: Int64) {
        preparation = Task {
            let position = await work.prepare(partition)
            preparation = nil
            if let position, position != first, !Task.isCancelled { report(expected: position, found: first) }
            return position
        }
    }

    private func report(expected: Int64, found: Int64) {
        let gap = OffsetGap(partition: partition, expected: expected, found: found)
        Task { await work.reportGap(gap) }
    }

    private nonisolated func process(_ record: KafkaRecord, after predecessor: Task<Bool, Never>?) async -> Bool {
        let isDone = await isSettled(record, after: predecessor)
        await end(record, isDone: isDone)
        return isDone
    }

    private nonisolated func isSettled(_ record: KafkaRecord, after predecessor: Task<Bool, Never>?) async -> Bool {
        // What was left undone comes again to another owner, and its successors must not be there first.
        if let predecessor, await !predecessor.value { return false }
        guard !Task.isCancelled else { return false }
        do {
            try await work.settle(record, calls)
            return true
        } catch is CancellationError {
            return false
        } catch {
            work.onFailure(error)
            return false
        }
    }

    private func end(_ record: KafkaRecord, isDone: Bool) {
        underWay[record.offset] = nil
        budget.remove(1, bytes: record.size)
        if let key = record.key, lastOfKey[key] == record.offset { lastOfKey[key] = nil }
        if isDone {
            let position = tracker.position
            tracker.finish(record.offset)
            if tracker.position != position { waitingSince = underWay.isEmpty ? nil : .now }
        } else {
            // Nothing may overtake it.
            isStopped = true
        }
        adjustFlow()
    }
}

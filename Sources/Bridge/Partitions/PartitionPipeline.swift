import Kafka

/// The records of one partition, from their arrival until they are done.
///
/// Records of one key follow each other; those of different keys go their own ways. With too many under way the
/// partition is paused, so that a slow key or a slow Temporal fills no memory.
actor PartitionPipeline {
    /// Brings a record to its end; throws if it must come again.
    typealias Settle = @Sendable (KafkaRecord, CallShield) async throws -> Void
    /// Stops the partition's records, or lets them come again.
    typealias SetPaused = @Sendable (TopicPartition, Bool) async throws -> Void

    let partition: TopicPartition
    private let window: Int
    private let settle: Settle
    private let setPaused: SetPaused
    private let onFailure: @Sendable (any Error) -> Void

    private let calls = CallShield()
    private var tracker = OffsetTracker()
    private var committed: Int64?
    /// By offset; true as the result means that the record is done.
    private var underWay: [Int64: Task<Bool, Never>] = [:]
    /// The offset of each key's last record under way.
    private var lastOfKey: [[UInt8]: Int64] = [:]
    private var isStopped = false
    private var isPaused = false
    private var flowChange: Task<Void, Never>?

    /// - Parameters:
    ///   - window: The number of records under way at which the partition is paused, until half of it is left.
    ///   - onFailure: Told of a failure that no other attempt can mend.
    init(
        _ partition: TopicPartition, window: Int, settle: @escaping Settle, setPaused: @escaping SetPaused,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.partition = partition
        self.window = max(1, window)
        self.settle = settle
        self.setPaused = setPaused
        self.onFailure = onFailure
    }

    /// Takes records on, in the order of their offsets, and returns without waiting for their end. If they are too
    /// many, it returns when the partition is paused.
    func accept(_ records: [KafkaRecord]) async {
        guard !isStopped else { return }
        for record in records where tracker.begin(record.offset) {
            let predecessor = record.key.flatMap { lastOfKey[$0] }.flatMap { underWay[$0] }
            underWay[record.offset] = Task { await process(record, after: predecessor) }
            if let key = record.key { lastOfKey[key] = record.offset }
        }
        adjustFlow()
        if !isPaused { await flowChange?.value }
    }

    /// The position to commit, if it has moved since the last commit.
    var uncommitted: TopicPartitionOffset? {
        guard let position = tracker.position, position != committed else { return nil }
        return TopicPartitionOffset(partition, offset: position)
    }

    func markCommitted(_ position: TopicPartitionOffset) {
        committed = position.offset
    }

    /// Pauses or resumes as the number of records demands. It happens by itself; calling this makes up for a failure.
    func adjustFlow() {
        guard flowChange == nil, !isStopped else { return }
        let shouldPause = isPaused ? underWay.count > window / 2 : underWay.count >= window
        guard shouldPause != isPaused else { return }
        flowChange = Task {
            // It fails only when the partition has gone, which shows otherwise.
            let hasChanged = (try? await setPaused(partition, shouldPause)) != nil
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
        let tasks = Array(underWay.values)
        for task in tasks { task.cancel() }
        let calls = calls
        let timeout = Task {
            try await Task.sleep(for: limit)
            calls.giveUp()
        }
        for task in tasks { _ = await task.value }
        timeout.cancel()
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
            try await settle(record, calls)
            return true
        } catch is CancellationError {
            return false
        } catch {
            onFailure(error)
            return false
        }
    }

    private func end(_ record: KafkaRecord, isDone: Bool) {
        underWay[record.offset] = nil
        if let key = record.key, lastOfKey[key] == record.offset { lastOfKey[key] = nil }
        if isDone {
            tracker.finish(record.offset)
        } else {
            // Nothing may overtake it.
            isStopped = true
        }
        adjustFlow()
    }
}

import Kafka
import Logging

/// The partitions this bridge has, and the commits of what is done in them.
///
/// Commits follow each other, so that none is on its way for a partition once that has been let go.
actor Assignment {
    typealias Commit = @Sendable ([TopicPartitionOffset]) async throws -> Void

    private let makePipeline: @Sendable (TopicPartition) -> PartitionPipeline
    private let commitOffsets: Commit
    private let logger: Logger
    private let metrics: BridgeMetrics
    private var pipelines: [TopicPartition: PartitionPipeline] = [:]
    private var lastCommit: Task<Void, Never>?

    init(
        logger: Logger, metrics: BridgeMetrics, commit: @escaping Commit,
        makePipeline: @escaping @Sendable (TopicPartition) -> PartitionPipeline
    ) {
        self.logger = logger
        self.metrics = metrics
        self.commitOffsets = commit
        self.makePipeline = makePipeline
    }

    func add(_ partitions: [TopicPartition]) {
        for partition in partitions { pipelines[partition] = makePipeline(partition) }
    }

    /// Hands records to their partitions. Those of partitions that have gone are left to the next owner.
    func accept(_ records: [KafkaRecord]) async {
        for (partition, records) in Dictionary(grouping: records, by: \.topicPartition) {
            await pipelines[partition]?.accept(records)
        }
    }

    /// How far the work on each partition has come.
    var progress: [TopicPartition: PartitionProgress] {
        get async {
            var progress: [TopicPartition: PartitionProgress] = [:]
            for (partition, pipeline) in pipelines { progress[partition] = await pipeline.progress }
            return progress
        }
    }

    /// Commits what was done since the last commit. A failure is logged; the next commit makes up for it.
    func commit() async {
        await commit { Array($0.pipelines.values) }
        for pipeline in pipelines.values { await pipeline.adjustFlow() }
    }

    /// Ends the work on partitions that go to another owner, and commits what is done there. When this has returned,
    /// nothing is under way in them.
    func release(_ partitions: [TopicPartition], within limit: Duration) async {
        let released = remove(partitions)
        await drain(released, within: limit)
        await commit { _ in released }
    }

    /// Ends the work on partitions that have gone already; what is not done there is the next owner's.
    func drop(_ partitions: [TopicPartition]) async {
        await drain(remove(partitions), within: .zero)
    }

    private func remove(_ partitions: [TopicPartition]) -> [PartitionPipeline] {
        partitions.compactMap { pipelines.removeValue(forKey: $0) }
    }

    private func drain(_ pipelines: [PartitionPipeline], within limit: Duration) async {
        await withDiscardingTaskGroup { group in
            for pipeline in pipelines { group.addTask { await pipeline.drain(within: limit) } }
        }
    }

    /// - Parameter select: Chooses the partitions when it is this commit's turn.
    private func commit(_ select: @escaping @Sendable (isolated Assignment) -> [PartitionPipeline]) async {
        let previous = lastCommit
        let commit = Task {
            await previous?.value
            await perform(select(self))
        }
        lastCommit = commit
        await commit.value
    }

    private func perform(_ pipelines: [PartitionPipeline]) async {
        var moved: [(PartitionPipeline, TopicPartitionOffset)] = []
        for pipeline in pipelines {
            if let position = await pipeline.uncommitted { moved.append((pipeline, position)) }
        }
        guard !moved.isEmpty else { return }
        do {
            try await commitOffsets(moved.map(\.1))
            for (pipeline, position) in moved { await pipeline.markCommitted(position) }
        } catch {
            metrics.countCommitFailure()
            let partitions = moved.map(\.1.topicPartition.description).joined(separator: ", ")
            logger.warning(
                "offsets not committed, their records may come again: \(error)",
                metadata: ["partitions": "\(partitions)"])
        }
    }
}

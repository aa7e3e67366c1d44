import Kafka
import Synchronization
import Testing
import WaitingTestSupport

@testable import Bridge

@Suite(.timeLimit(.minutes(5))) struct AssignmentTests {
    private let partitions = (0..<2 as Range<Int32>).map { TopicPartition(topic: "events", partition: $0) }

    private func assignment(
        commit: @escaping Assignment.Commit,
        settle: @escaping @Sendable (KafkaRecord, CallShield) async throws -> Void = { _, _ in },
        onPipeline: @escaping @Sendable (PartitionPipeline) -> Void = { _ in }
    ) -> Assignment {
        Assignment(
            logger: .silent, metrics: BridgeMetrics(topics: []), commit: commit,
            makePipeline: { partition in
                let pipeline = PartitionPipeline(
                    partition, window: 100, budget: IntakeBudget(records: .max, bytes: .max) { _ in },
                    PartitionPipeline.Work(settle: settle, onFailure: { Issue.record($0) }))
                onPipeline(pipeline)
                return pipeline
            })
    }

    private func records(_ partition: Int32, _ offsets: Range<Int64>) -> [KafkaRecord] {
        offsets.map { KafkaRecord(topic: "events", partition: partition, offset: $0, key: [1], value: []) }
    }

    @Test("What is done is committed once, and again if the commit failed") func commits() async throws {
        let broker = ScriptedCommits(failures: 1)
        let assignment = assignment(commit: { try await broker.commit($0) })
        await assignment.add(partitions)
        await assignment.accept(records(0, 0..<5) + records(1, 7..<9))
        let all = [TopicPartitionOffset(partitions[0], offset: 5), TopicPartitionOffset(partitions[1], offset: 9)]
        try await eventually {
            await assignment.commit()
            return broker.position(of: partitions[0]) == 5 && broker.position(of: partitions[1]) == 9
        }
        let commits = broker.commits.count
        await assignment.commit()
        #expect(broker.commits.count == commits)
        #expect(Set(broker.commits.joined()).isSuperset(of: all))
    }

    @Test("Case 15: a partition that is released is committed last after all other commits, and never again")
    func release() async throws {
        let gate = AsyncGate()
        let broker = ScriptedCommits(gate: gate)
        let pipelines = Recorded<[PartitionPipeline]>([])
        let assignment = assignment(
            commit: { try await broker.commit($0) }, onPipeline: { new in pipelines.change { $0.append(new) } })
        await assignment.add(partitions)
        let pipeline = pipelines.value[0]
        await assignment.accept(records(0, 0..<5))
        try await eventually { await pipeline.uncommitted?.offset == 5 }
        async let periodic: Void = assignment.commit()
        try await eventually { gate.waiting == 1 }
        await assignment.accept(records(0, 5..<9))
        try await eventually { await pipeline.uncommitted?.offset == 9 }
        async let released: Void = assignment.release([partitions[0]], within: .seconds(50))
        async let later: Void = assignment.commit()
        // A commit that did not wait for its turn would be at the gate by now.
        for _ in 0..<1_000 { await Task.yield() }
        gate.open()
        _ = await (periodic, released, later)
        #expect(broker.commits.joined().map(\.offset) == [5, 9])
        #expect(broker.mostAtOnce == 1)
        let commits = broker.commits.count
        await assignment.accept(records(0, 9..<12) + records(1, 0..<3))
        try await eventually {
            await assignment.commit()
            return broker.position(of: partitions[1]) == 3
        }
        #expect(broker.position(of: partitions[0]) == 9)
        #expect(!broker.commits.dropFirst(commits).joined().contains { $0.topicPartition == partitions[0] })
    }

    @Test("A partition that was lost is not committed") func lost() async throws {
        let broker = ScriptedCommits()
        let gate = AsyncGate()
        let assignment = assignment(
            commit: { try await broker.commit($0) },
            settle: { record, calls in
                if record.offset > 0 { try await calls.run { await gate.pass() } }
            })
        await assignment.add(partitions)
        await assignment.accept(records(0, 0..<2))
        try await eventually { gate.waiting == 1 }
        await assignment.drop([partitions[0]])
        await assignment.commit()
        #expect(broker.commits.isEmpty)
        gate.open()
    }
}

/// Remembers what was committed, after it has failed as told.
private final class ScriptedCommits: Sendable {
    private struct Refused: Error {}

    private let state: Mutex<(failures: Int, commits: [[TopicPartitionOffset]])>
    private let gate: AsyncGate?
    private let running = Recorded((now: 0, most: 0))

    init(failures: Int = 0, gate: AsyncGate? = nil) {
        state = Mutex((failures, []))
        self.gate = gate
    }

    var commits: [[TopicPartitionOffset]] { state.withLock { $0.commits } }

    var mostAtOnce: Int { running.value.most }

    func position(of partition: TopicPartition) -> Int64? {
        commits.joined().last { $0.topicPartition == partition }?.offset
    }

    func commit(_ offsets: [TopicPartitionOffset]) async throws {
        running.change { running in
            running.now += 1
            running.most = max(running.most, running.now)
        }
        defer { running.change { $0.now -= 1 } }
        await gate?.pass()
        try state.withLock { state in
            if state.failures > 0 {
                state.failures -= 1
                throw Refused()
            }
            state.commits.append(offsets)
        }
    }
}

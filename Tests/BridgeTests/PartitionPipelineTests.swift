import Kafka
import Testing
import WaitingTestSupport

@testable import Bridge

@Suite(.timeLimit(.minutes(5))) struct PartitionPipelineTests {
    private static let partition = TopicPartition(topic: "events", partition: 0)

    private func records(_ offsets: Range<Int64>, keys: Int64 = 1) -> [KafkaRecord] {
        offsets.map { offset in
            KafkaRecord(
                topic: "events", partition: 0, offset: offset, key: Array("\(offset % keys)".utf8), value: [])
        }
    }

    private func pipeline(
        window: Int = 10_000, reach: Int = 10_000,
        setPaused: @escaping @Sendable (TopicPartition, Bool) async throws -> Void = { _, _ in },
        onFailure: @escaping @Sendable (any Error) -> Void = { Issue.record($0) },
        settle: @escaping @Sendable (KafkaRecord, CallShield) async throws -> Void
    ) -> PartitionPipeline {
        PartitionPipeline(
            Self.partition, window: window, reach: reach, budget: IntakeBudget(records: .max, bytes: .max) { _ in },
            PartitionPipeline.Work(settle: settle, setPaused: setPaused, onFailure: onFailure))
    }

    @Test("Records of one key are done in order, while those of other keys overtake them") func orderPerKey()
        async throws
    {
        let done = Recorded<[KafkaRecord]>([])
        let pipeline = pipeline { record, _ in
            await randomDelay()
            done.change { $0.append(record) }
        }
        for batch in 0..<10 as Range<Int64> {
            await pipeline.accept(records(batch * 100..<batch * 100 + 100, keys: 20))
        }
        try await eventually { await pipeline.uncommitted?.offset == 1_000 }
        let offsets = done.value
        #expect(offsets.count == 1_000)
        #expect(offsets.map(\.offset) != offsets.map(\.offset).sorted())
        for (_, ofKey) in Dictionary(grouping: offsets, by: \.key) {
            #expect(ofKey.map(\.offset) == ofKey.map(\.offset).sorted())
        }
    }

    @Test("Records without a key wait for nobody") func withoutKey() async throws {
        let gate = AsyncGate()
        let pipeline = pipeline { _, _ in await gate.pass() }
        await pipeline.accept(records(0..<50).map { $0.with(key: .some(nil)) })
        try await eventually { gate.waiting == 50 }
        gate.open()
        try await eventually { await pipeline.uncommitted?.offset == 50 }
    }

    @Test("Case 14: only what has nothing unfinished below it may be committed") func contiguousPrefix() async throws {
        let gates = (0..<4).map { _ in AsyncGate() }
        let pipeline = pipeline { record, _ in await gates[Int(record.offset)].pass() }
        await pipeline.accept(records(0..<4, keys: 4))
        gates[1].open()
        gates[2].open()
        try await eventually { gates[0].waiting + gates[3].waiting == 2 }
        #expect(await pipeline.uncommitted == nil)
        gates[0].open()
        try await eventually { await pipeline.uncommitted?.offset == 3 }
        await pipeline.markCommitted(TopicPartitionOffset(Self.partition, offset: 3))
        #expect(await pipeline.uncommitted == nil)
        gates[3].open()
        try await eventually { await pipeline.uncommitted?.offset == 4 }
    }

    @Test("A partition that goes gets the answers it waits for, and begins nothing more") func drains() async throws {
        let gate = AsyncGate()
        let begun = Recorded<[Int64]>([])
        let cancelled = Recorded(0)
        let pipeline = pipeline { record, calls in
            begun.change { $0.append(record.offset) }
            try await withTaskCancellationHandler {
                try await calls.run { await gate.pass() }
            } onCancel: {
                cancelled.change { $0 += 1 }
            }
        }
        // Offsets 0 and 1 begin; 2 and 3 wait behind them.
        await pipeline.accept(records(0..<4, keys: 2))
        try await eventually { gate.waiting == 2 }
        async let drained: Void = pipeline.drain(within: .seconds(50))
        // Otherwise the answers might come before the partition goes.
        try await eventually { cancelled.value == 2 }
        gate.open()
        await drained
        await pipeline.accept(records(4..<6, keys: 6))
        #expect(begun.value.sorted() == [0, 1])
        #expect(await pipeline.uncommitted?.offset == 2)
    }

    @Test("A call that is not answered in time is given up, and its record left to the next owner") func givesUp()
        async throws
    {
        let gate = AsyncGate()
        let pipeline = pipeline { record, calls in
            if record.offset > 0 { try await calls.run { await gate.pass() } }
        }
        await pipeline.accept(records(0..<3, keys: 3))
        // The first has ended: one that has not begun when the partition goes is left undone too.
        try await eventually { await pipeline.uncommitted?.offset == 1 && gate.waiting == 2 }
        await pipeline.drain(within: .milliseconds(20))
        #expect(await pipeline.uncommitted?.offset == 1)
        gate.open()
    }

    @Test("Too many records pause the partition until half of them are done") func backpressure() async throws {
        let changes = Recorded<[Bool]>([])
        let gates = (0..<20).map { _ in AsyncGate() }
        let pipeline = pipeline(
            window: 10, setPaused: { _, isPaused in changes.change { $0.append(isPaused) } },
            settle: { record, _ in await gates[Int(record.offset)].pass() })
        await pipeline.accept(records(0..<9, keys: 20))
        #expect(changes.value == [])
        await pipeline.accept(records(9..<12, keys: 20))
        #expect(changes.value == [true])
        for gate in gates[..<6] { gate.open() }
        try await eventually { await pipeline.uncommitted?.offset == 6 }
        #expect(changes.value == [true])
        gates[6].open()
        try await eventually { changes.value == [true, false] }
        for gate in gates { gate.open() }
        try await eventually { await pipeline.uncommitted?.offset == 12 }
    }

    @Test("Too many done records behind one that is not pause the partition until it is done")
    func farBehind() async throws {
        let changes = Recorded<[Bool]>([])
        let gate = AsyncGate()
        let pipeline = pipeline(
            reach: 10, setPaused: { _, isPaused in changes.change { $0.append(isPaused) } },
            settle: { record, _ in if record.offset == 0 { await gate.pass() } })
        await pipeline.accept(records(0..<9, keys: 20))
        try await eventually { await pipeline.progress.underWay == 1 }
        #expect(changes.value == [])
        await pipeline.accept(records(9..<10, keys: 20))
        #expect(changes.value == [true])
        try await eventually { await pipeline.progress.underWay == 1 }
        #expect(changes.value == [true])
        gate.open()
        try await eventually { changes.value == [true, false] }
        #expect(await pipeline.uncommitted?.offset == 10)
    }

    @Test("A partition that goes is not paused any more once it has gone") func pausedLate() async throws {
        let gate = AsyncGate()
        let pipeline = pipeline(window: 1, setPaused: { _, _ in await gate.pass() }, settle: { _, _ in })
        async let accepted: Void = pipeline.accept(records(0..<3))
        try await eventually { gate.waiting == 1 }
        try await eventually { await pipeline.uncommitted?.offset == 3 }
        let hasGone = Recorded(false)
        let draining = Task {
            await pipeline.drain(within: .seconds(50))
            hasGone.change { $0 = true }
        }
        for _ in 0..<1_000 { await Task.yield() }
        #expect(!hasGone.value)
        gate.open()
        await draining.value
        await accepted
    }

    @Test("After a failure that nothing mends, the records behind it stay undone") func failure() async throws {
        struct Broken: Error {}
        let begun = Recorded<[Int64]>([])
        let failures = Recorded(0)
        let pipeline = pipeline(
            onFailure: { _ in failures.change { $0 += 1 } },
            settle: { record, _ in
                begun.change { $0.append(record.offset) }
                if record.offset == 1 { throw Broken() }
            })
        await pipeline.accept(records(0..<5))
        try await eventually { failures.value == 1 }
        await pipeline.accept(records(5..<10))
        await pipeline.drain(within: .seconds(50))
        #expect(await pipeline.uncommitted?.offset == 1)
        #expect(begun.value == [0, 1])
        #expect(failures.value == 1)
    }
}

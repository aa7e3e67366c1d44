import Foundation
import Synchronization
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("The workflow executor")
struct WorkflowExecutorTests {
    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])

        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var text: String { lines.withLock { $0.joined(separator: " ") } }
    }

    @Test("Child tasks start in the order in which they were made, and calls do not interleave them")
    func order() {
        let executor = WorkflowExecutor()
        let log = Log()

        @Sendable func leaf(_ text: String) async { log.add(text) }
        @Sendable func calls(_ name: String) async {
            await leaf(name + "1")
            await leaf(name + "2")
        }
        executor.drive {
            _ = executor.start {
                await withTaskGroup { group in
                    for name in ["a", "b", "c"] { group.addTask { await calls(name) } }
                }
                async let x: Void = calls("x")
                async let y: Void = calls("y")
                _ = await (x, y)
                log.add("end")
            }
        }
        #expect(log.text == "a1 a2 b1 b2 c1 c2 x1 x2 y1 y2 end")
        #expect(!executor.sawForeignEnqueue)
    }

    @Test("A task resumed from another thread is noticed")
    func foreignResumption() async throws {
        var history = HistoryBuilder(workflowType: "ForeignWorkflow")
        try history.started()
        history.taskScheduledAndStarted()
        let run = ScriptedRun(ForeignWorkflow.self, isStrict: false)
        _ = run.task(history)
        let deadline = ContinuousClock.now + .seconds(60)
        var failure: WorkflowTaskFailure?
        // The resumption comes when the runtime's own timer fires; the run is asked again until it has.
        while failure == nil, ContinuousClock.now < deadline {
            history.taskCompleted()
            try history.signaled("nothing", NoValue())
            history.taskScheduledAndStarted()
            failure = run.task(history).taskFailure
            await Task.yield()
        }
        #expect(failure?.cause == .nonDeterministicError)
        #expect(failure?.failure.message.contains("Task.sleep") == true)
    }

    @Test("Code that is torn down ends without effect")
    func tearDown() throws {
        var history = HistoryBuilder(workflowType: "SleepWorkflow")
        try history.started()
        history.taskScheduledAndStarted()
        let run = ScriptedRun(CleaningWorkflow.self)
        #expect(run.task(history).commandTypes == [.startTimer])
        run.tearDown()
        let outputs = run.query(.init(id: "", type: "any", input: .init()))
        #expect(throws: (any Error).self) { try outputs.answer(Int.self) }
    }

    @Test("The generator draws the same numbers for the same run, and others for another")
    func random() {
        var one = WorkflowRandom(runID: "run")
        var same = WorkflowRandom(runID: "run")
        var other = WorkflowRandom(runID: "other")
        let drawn = (0..<8).map { _ in one.next() }
        #expect(drawn == (0..<8).map { _ in same.next() })
        #expect(drawn != (0..<8).map { _ in other.next() })
        #expect(one.uuid().uuidString.dropFirst(14).first == "4")
    }

    @Test("SipHash-1-3 gives the reference values")
    func sipHash() {
        // Rust's `DefaultHasher`, which is SipHash-1-3 with a zero key, over no bytes and over the bytes of a string
        // and 0xFF.
        #expect(SipHash13.hash([]) == 0xD1FB_A762_150C_532C)
    }
}

import Synchronization
import TemporalAPI

/// A run that this worker holds: its state machine and its code, together.
///
/// `@unchecked Sendable`: `state` and `code` are touched only on `thread`, by one piece of work at a time; once one is abandoned, by that one
/// alone.
final class CachedRun: @unchecked Sendable {
    let runID: String
    let workflowID: String
    private let thread: WorkflowThread
    private let makeCode: @Sendable () -> any WorkflowDriver
    private let isAbandoned = Atomic<Bool>(false)
    private var state: RunState
    private var code: any WorkflowDriver

    init(
        task: WorkflowTask, namespace: String, taskQueue: String, thread: WorkflowThread,
        makeCode: @escaping @Sendable () -> any WorkflowDriver
    ) {
        runID = task.runID
        workflowID = task.workflowID
        self.thread = thread
        self.makeCode = makeCode
        state = RunState(workflowID: task.workflowID, runID: task.runID, namespace: namespace, taskQueue: taskQueue)
        code = makeCode()
    }

    /// What came of an input: what is left to do outside the run, and whether the run is worth keeping.
    struct Step: Sendable {
        var outputs: [RunOutput]
        var isBroken: Bool
        var isClosed: Bool
    }

    /// Hands in an input, and drives the code as often as the run asks for it.
    /// - Returns: nil when the code did not come back; the run is not to be used afterwards.
    func apply(_ input: RunInput) async -> Step? {
        let step = await thread.run { [self] watch in
            var outputs: [RunOutput] = []
            var inputs = [input]
            while !inputs.isEmpty {
                let results = state.apply(inputs.removeFirst())
                for output in results {
                    switch output {
                    case .activate(let activation):
                        inputs.append(.code(watch.watch { code.activate(activation) }))
                    case .resetCode:
                        watch.watch { _ = code.tearDown() }
                        code = makeCode()
                    default: outputs.append(output)
                    }
                    // Code that comes back after all is the only one left to clean up after itself.
                    guard !watch.isAbandoned else {
                        code.tearDown()
                        return Step(outputs: [], isBroken: true, isClosed: false)
                    }
                }
            }
            return Step(outputs: outputs, isBroken: state.isBroken, isClosed: state.isClosed)
        }
        if step == nil { isAbandoned.store(true, ordering: .relaxed) }
        return step
    }

    /// Ends all tasks of the run's code; the run is not to be used afterwards.
    /// - Returns: false when some could not be ended, and had to be left behind.
    func tearDown() async -> Bool {
        guard !isAbandoned.load(ordering: .relaxed) else { return false }
        return await thread.run { watch in watch.watch { self.code.tearDown() } == 0 } ?? false
    }
}

import Synchronization
import TemporalAPI

/// A run that this worker holds: its state machine and its code, together.
///
/// `@unchecked Sendable`: `state` and `code` are touched only on `thread`, by one piece of work at a time; once one is abandoned, by that one
/// alone.
package final class CachedRun: @unchecked Sendable {
    let runID: String
    let workflowID: String
    let workflowType: String
    private let thread: WorkflowThread
    private let makeCode: @Sendable () -> any WorkflowDriver
    /// Where the ends of the run's local activities arrive.
    let localActivities: LocalActivityInbox
    private let runner: LocalActivityRunner?
    private let isAbandoned = Atomic<Bool>(false)
    private let isEnded = Atomic<Bool>(false)
    private let isTornDown = Atomic<Bool>(false)
    /// When the replay of the task in hand began, while it goes on.
    private var replayStart: ContinuousClock.Instant?
    private var state: RunState
    private var code: any WorkflowDriver

    package init(
        task: WorkflowTask, namespace: String, taskQueue: String, options: RunOptions = .init(),
        thread: WorkflowThread, runner: LocalActivityRunner? = nil,
        makeCode: @escaping @Sendable () -> any WorkflowDriver
    ) {
        runID = task.runID
        workflowID = task.workflowID
        workflowType = task.workflowType
        self.thread = thread
        self.makeCode = makeCode
        self.runner = runner
        localActivities = LocalActivityInbox(
            runID: task.runID, workflowID: task.workflowID, workflowType: task.workflowType, namespace: namespace,
            taskQueue: taskQueue)
        state = RunState(
            workflowID: task.workflowID, runID: task.runID, namespace: namespace, taskQueue: taskQueue, options: options
        )
        code = makeCode()
    }

    /// What came of an input: what is left to do outside the run, and whether the run is worth keeping.
    package struct Step: Sendable {
        package var outputs: [RunOutput]
        var isBroken: Bool
        var isClosed: Bool
        /// How long it took to come to what history does not have yet; nil when nothing was replayed, or replay goes on.
        var replay: Duration?
    }

    /// True once the run itself is over, so that nobody will want it any more.
    var hasEnded: Bool { isEnded.load(ordering: .relaxed) }

    func noteEnd() { isEnded.store(true, ordering: .relaxed) }

    /// Hands in an input, and drives the code as often as the run asks for it.
    /// - Returns: nil when the code did not come back; the run is not to be used afterwards.
    package func apply(_ input: RunInput) async -> Step? {
        // A query that had the run meanwhile may not have come back.
        guard !isAbandoned.load(ordering: .relaxed) else { return nil }
        let step = await thread.run { [self] watch in
            var outputs: [RunOutput] = []
            var inputs = [input]
            var replay: Duration?
            if case .task = input { replayStart = nil }
            while !inputs.isEmpty {
                let results = state.apply(inputs.removeFirst())
                for output in results {
                    switch output {
                    case .activate(let activation):
                        replay = clockReplay(activation) ?? replay
                        inputs.append(.code(watch.watch { code.activate(activation) }))
                    case .resetCode:
                        watch.watch { _ = code.tearDown() }
                        code = makeCode()
                    case .startLocalActivity(let request): runner?.start(request, for: localActivities)
                    case .cancelLocalActivity(let sequence): runner?.cancel(sequence, for: localActivities)
                    case .cancelLocalActivities: runner?.drop(localActivities)
                    case .complete(let completion) where completion.closesRun && !code.hasTasks:
                        // Nothing can hold this up, and the run need not come back to its thread for it.
                        code.tearDown()
                        isTornDown.store(true, ordering: .relaxed)
                        outputs.append(output)
                    default: outputs.append(output)
                    }
                    // Code that comes back after all is the only one left to clean up after itself.
                    guard !watch.isAbandoned else {
                        code.tearDown()
                        return Step(outputs: [], isBroken: true, isClosed: false)
                    }
                }
            }
            if state.isClosed { noteEnd() }
            return Step(outputs: outputs, isBroken: state.isBroken, isClosed: state.isClosed, replay: replay)
        }
        if step == nil { isAbandoned.store(true, ordering: .relaxed) }
        return step
    }

    /// - Returns: how long the replay took that ends with this activation, if one does.
    private func clockReplay(_ activation: Activation) -> Duration? {
        if activation.isReplaying, activation.query == nil {
            replayStart = replayStart ?? .now
            return nil
        }
        defer { replayStart = nil }
        return replayStart.map { .now - $0 }
    }

    /// Ends all tasks of the run's code; the run is not to be used afterwards.
    /// - Parameter endsLocalActivities: false when another instance of the run will ask for them again.
    /// - Returns: false when some could not be ended, and had to be left behind.
    package func tearDown(endsLocalActivities: Bool = true) async -> Bool {
        if endsLocalActivities { runner?.drop(localActivities) } else { runner?.leave(localActivities) }
        if isTornDown.load(ordering: .relaxed) { return true }
        guard !isAbandoned.load(ordering: .relaxed) else { return false }
        return await thread.run { watch in watch.watch { self.code.tearDown() } == 0 } ?? false
    }
}

import Synchronization

/// Runs whose code could not be ended. Their tasks are never resumed; they are kept because what a task refers to must outlive it.
private let abandonedRuns = Mutex<[WorkflowContext]>([])

extension WorkflowContext {
    /// Code that is torn down may make a few more calls while it cleans up; more than that is a loop.
    private static let maximumCallsWhileTornDown = 1000

    /// To be the first thing in every call that waits.
    ///
    /// Code that swallows the error and calls again, for ever, would never come back to whoever tears it down: it is parked for good.
    func enter() async throws {
        if isTearingDown {
            callsWhileTornDown += 1
            if callsWhileTornDown > Self.maximumCallsWhileTornDown {
                await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
            }
        }
        try checkLive()
    }

    /// Ends all tasks without effect.
    /// - Returns: the number of those that could not be ended.
    func tearDown() -> Int {
        isTearingDown = true
        resumePending()
        if !rootTasks.isEmpty {
            // What waits for something the run knows nothing of hears of its cancellation at least.
            executor.drive {
                for (_, task) in rootTasks.sorted(by: { $0.key < $1.key }) { task.cancel() }
            }
            resumePending()
        }
        operations.conditions.removeAll()
        // Handlers may refer to the context, which keeps them.
        handlers = DynamicHandlers()
        guard !rootTasks.isEmpty else { return 0 }
        abandonedRuns.withLock { $0.append(self) }
        return rootTasks.count
    }

    /// Code may catch the error and wait again: such waits throw at once, so a few rounds end every task that can be ended.
    private func resumePending() {
        for _ in 0..<10 {
            let keys = operations.ordered(operations.allKeys)
            guard !keys.isEmpty else { return }
            executor.drive {
                for key in keys { resume(key, throwing: RunEvictedError()) }
            }
        }
    }

    /// True when code waits although nothing it asked for is under way.
    var isWaitingOutside: Bool { !rootTasks.isEmpty && operations.allKeys.isEmpty }
}

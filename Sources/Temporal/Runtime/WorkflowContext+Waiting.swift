import Synchronization

/// Thrown into code whose run is being dropped from the cache. The run itself goes on elsewhere: nothing this code still does counts.
struct RunEvictedError: Error {}

extension WorkflowContext {
    func checkLive() throws {
        guard !isTearingDown else { throw RunEvictedError() }
        try Task.checkCancellation()
    }

    /// Registers an operation, lets `begin` ask for it, and waits until it is resolved.
    func wait(for key: OperationKey, begin: () -> Void) async throws -> Resolution {
        try await enter()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                operations.add(key, continuation)
                begin()
            }
        } onCancel: {
            // The runtime calls these in an order of its own; they are only noted here and carried out in the order of creation.
            _ = cancelRequests.withLock { $0.insert(key) }
        }
    }

    /// Runs what may look but not touch: a query's handler must leave no trace in the run.
    func readOnly<Result>(_ body: () throws -> Result) throws -> Result {
        let before = (isReplaying: isReplaying, random: random, patches: patches, commands: outbox.count)
        isReplaying = true
        defer {
            isReplaying = before.isReplaying
            random = before.random
            patches = before.patches
            outbox.removeLast(outbox.count - before.commands)
        }
        let result = try body()
        guard outbox.count == before.commands else {
            throw ApplicationFailure("a query must not ask for anything", type: "QueryChangedWorkflow")
        }
        return result
    }

    /// Carries out the cancellations noted since the last time.
    /// - Returns: false when there were none.
    func processCancelRequests() -> Bool {
        let requested = cancelRequests.withLock { keys in
            defer { keys.removeAll() }
            return keys
        }
        let keys = operations.ordered(requested)
        for key in keys {
            switch key.kind {
            case .timer:
                outbox.append(.cancelTimer(sequence: key.sequence))
                resume(key, throwing: CancellationError())
            case .condition:
                if let timer = operations.takeCondition(key.sequence)?.timer {
                    outbox.append(.cancelTimer(sequence: timer))
                }
                resume(key, throwing: CancellationError())
            // These are resolved by their machines, by what the cancellation type says.
            case .activity: outbox.append(.cancelActivity(sequence: key.sequence))
            case .child: outbox.append(.cancelChild(sequence: key.sequence))
            case .patch, .cancelExternal, .close: break
            }
        }
        return !keys.isEmpty
    }

    /// Resumes the first condition that holds.
    /// - Returns: false when none does.
    func resumeFirstTrueCondition() -> Bool {
        guard let condition = operations.takeFirstTrueCondition() else { return false }
        if let timer = condition.timer { outbox.append(.cancelTimer(sequence: timer)) }
        resume(.init(.condition, condition.sequence), returning: .fired)
        return true
    }

    func resolveTimer(_ sequence: Int) {
        if let condition = operations.takeCondition(limitedBy: sequence) {
            resume(.init(.condition, condition.sequence), returning: .timedOut)
        } else {
            resume(.init(.timer, sequence), returning: .fired)
        }
    }

    func resume(_ key: OperationKey, returning resolution: Resolution) {
        operations.remove(key)?.resume(returning: resolution)
    }

    func resume(_ key: OperationKey, throwing error: any Error) {
        operations.remove(key)?.resume(throwing: error)
    }
}

import Synchronization

/// Thrown into code whose run is being dropped from the cache. The run itself goes on elsewhere: nothing this code still does counts.
struct RunEvictedError: Error {}

/// What must only look did something that lasts.
enum ReadOnlyViolation: Error {
    /// It asked for something, which was not done.
    case asked
    /// It resumed or started tasks of the run, which can't be taken back: the run is of no use any more.
    case resumed
}

extension WorkflowContext {
    func checkLive() throws {
        guard !isTearingDown else { throw RunEvictedError() }
        try Task.checkCancellation()
    }

    /// Registers an operation, lets `begin` ask for it, and waits until it is resolved.
    func wait(for key: OperationKey, _ label: String = "", begin: () -> Void) async throws -> Resolution {
        try await enter()
        return try await suspend(for: key, label, begin: begin)
    }

    /// ``wait(for:_:begin:)`` for what goes on already: a task that is cancelled by now cancels it.
    func suspend(for key: OperationKey, _ label: String, begin: () -> Void = {}) async throws -> Resolution {
        guard !isTearingDown else { throw RunEvictedError() }
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                operations.add(key, label, continuation)
                begin()
            }
        } onCancel: {
            // The runtime calls these in an order of its own; they are only noted here and carried out in the order of creation.
            _ = cancelRequests.withLock { $0.insert(key) }
        }
    }

    /// Runs what may look but not touch: a query's handler and an update's validator must leave no trace in the run.
    /// - Throws: ``ReadOnlyViolation`` if it did something all the same, whatever else came of it.
    func readOnly<Value>(_ body: () throws -> Value) throws -> Value {
        let before = (random: random, patches: patches, commands: outbox.count)
        isReadOnly = true
        wroteWhileReadOnly = false
        let (result, startedJobs) = executor.watch { Result { try body() } }
        isReadOnly = false
        random = before.random
        patches = before.patches
        guard outbox.count == before.commands, !wroteWhileReadOnly else {
            outbox.removeLast(outbox.count - before.commands)
            throw startedJobs ? ReadOnlyViolation.resumed : .asked
        }
        guard !startedJobs else { throw ReadOnlyViolation.resumed }
        return try result.get()
    }

    /// Tells whether what is called now may change the run; notes it when something tries to that must not.
    func mayWrite() -> Bool {
        wroteWhileReadOnly = wroteWhileReadOnly || isReadOnly
        return !isReadOnly && !isTearingDown
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
            case .child, .childStart: outbox.append(.cancelChild(sequence: key.sequence, reason: ""))
            case .signalExternal: outbox.append(.cancelSignalExternal(sequence: key.sequence))
            // A request to cancel can't be taken back; its outcome is waited for.
            case .cancelExternal, .patch, .close, .attributes, .childCancel, .update: break
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
        operations.remove(key)?.resume(with: .success(resolution))
    }

    func resume(_ key: OperationKey, throwing error: any Error) {
        operations.remove(key)?.resume(with: .failure(error))
    }
}

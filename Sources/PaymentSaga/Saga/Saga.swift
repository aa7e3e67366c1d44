public import Temporal

/// The steps of a business transaction that no database can make atomic: each is undone by a compensation of its own.
///
/// A compensation is registered before its step runs, because a step that failed or timed out may have taken effect all the same; so
/// every compensation must be harmless when there is nothing to undo.
///
/// ```swift
/// let saga = Saga()
/// do {
///     try await saga.step("reserve", context, undoneBy: .init("release") { try await release() }) { try await reserve() }
///     try await saga.parallel({ try await pay() }, { try await pack() })
///     await saga.tolerated("notify", context) { try await notify() }
/// } catch {
///     try await saga.compensate(context)
///     throw error
/// }
/// ```
///
/// `@unchecked Sendable`: one thread at a time drives all code of a run, see `Workflow`; an instance belongs to one run.
public final class Saga: @unchecked Sendable {
    /// What becomes of the compensations that are left when one throws.
    public enum FailurePolicy: Sendable, Hashable {
        /// They wait: the unwinding ends with the error, and another one begins with the compensation that threw.
        case stop
        /// They run, and the unwinding ends with a ``SagaCompensationError`` that holds all errors.
        case collect
    }

    /// How to undo a step.
    public struct Compensation: Sendable {
        /// For people who look at the saga.
        public let name: String
        let policy: FailurePolicy
        let undo: @Sendable () async throws -> Void

        /// - Parameters:
        ///   - policy: What its failure means for those that are left.
        ///   - undo: Must be harmless when there is nothing to undo, and when it runs again.
        public init(
            _ name: String, whenItFails policy: FailurePolicy = .stop,
            _ undo: @escaping @Sendable () async throws -> Void
        ) {
            self.name = name
            self.policy = policy
            self.undo = undo
        }
    }

    private var compensations: [Compensation] = []

    /// The steps and compensations so far, in the order in which they began.
    public private(set) var steps: [StepRecord] = []

    /// A saga that has done nothing.
    public init() {}

    /// Runs a critical step: when it throws, the saga has failed, and is to be compensated.
    /// - Parameter compensation: How to undo the step; it is registered before the step runs.
    /// - Throws: What the step throws.
    public func step<Output: Sendable>(
        _ name: String, _ context: WorkflowContext, undoneBy compensation: Compensation? = nil,
        _ body: () async throws -> Output
    ) async throws -> Output {
        if let compensation { compensations.append(compensation) }
        return try await recorded(name, context, body)
    }

    /// Runs a step whose failure is recorded and changes nothing else.
    /// - Returns: Nil when it failed.
    @discardableResult
    public func tolerated<Output: Sendable>(
        _ name: String, _ context: WorkflowContext, _ body: () async throws -> Output
    ) async -> Output? {
        try? await recorded(name, context, body)
    }

    /// Runs branches that do not depend on each other at the same time, and returns when all have ended. The first that throws
    /// cancels the others. Compensations registered in any of them run in the reverse order of their registration.
    /// - Throws: What the first branch to fail threw.
    public func parallel(_ branches: @Sendable () async throws -> Void...) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for branch in branches { group.addTask { try await branch() } }
            // The group's own `waitForAll` would not cancel the others.
            while try await group.next() != nil {}
        }
    }

    /// Registers how to undo the step that is about to run.
    public func compensate(_ name: String, with undo: @escaping @Sendable () async throws -> Void) {
        compensations.append(Compensation(name, undo))
    }

    /// Undoes what was done, the last step first, whether or not the workflow is cancelled meanwhile.
    /// - Throws: The error of a compensation that says ``FailurePolicy/stop``; ``SagaCompensationError``.
    public func compensate(_ context: WorkflowContext) async throws {
        try await context.shielded {
            try await self.unwind { name, undo in try await self.recorded(name, context, undo) }
        }
    }

    /// Undoes what was done, the last step first. Each compensation that succeeds runs once.
    /// - Parameter run: Runs one compensation, given its name; for a workflow that keeps records of its own.
    /// - Throws: As ``compensate(_:)``.
    public func unwind(_ run: (String, @Sendable () async throws -> Void) async throws -> Void) async throws {
        var failures: [SagaCompensationError.Failure] = []
        while let next = compensations.last {
            do {
                try await run(next.name, next.undo)
            } catch  where next.policy == .collect {
                failures.append(.init(compensation: next.name, error: error))
            }
            compensations.removeLast()
        }
        if !failures.isEmpty { throw SagaCompensationError(failures: failures) }
    }

    private func recorded<Output>(
        _ name: String, _ context: WorkflowContext, _ body: () async throws -> Output
    ) async throws -> Output {
        let index = steps.count
        steps.append(StepRecord(name: name, state: .running, startedAt: context.now))
        defer { steps[index].endedAt = context.now }
        do {
            let output = try await body()
            steps[index].state = .succeeded
            return output
        } catch {
            steps[index].state = .failed
            steps[index].error = "\(error)"
            throw error
        }
    }
}

/// Compensations that failed, while all others were run.
public struct SagaCompensationError: Error, CustomStringConvertible {
    /// One compensation that failed.
    public struct Failure: Sendable {
        /// The compensation's name.
        public let compensation: String
        /// What it threw.
        public let error: any Error
    }

    /// In the order in which they ran.
    public let failures: [Failure]

    public var description: String {
        failures.map { "\($0.compensation) failed: \($0.error)" }.joined(separator: "; ")
    }
}

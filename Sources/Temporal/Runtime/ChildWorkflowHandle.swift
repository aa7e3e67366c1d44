import TemporalAPI

/// A child workflow that has been started.
///
/// `@unchecked Sendable`: touched only by code that the run's executor drives, which is one thread at a time.
public final class ChildWorkflowHandle<Child: Workflow>: @unchecked Sendable {
    /// The child's workflow id.
    public let id: String
    /// The child's first run.
    public let runID: String
    private let context: WorkflowContext
    private let sequence: Int
    private let outcome: ChildOutcome

    init(context: WorkflowContext, sequence: Int, outcome: ChildOutcome, id: String, runID: String) {
        self.context = context
        self.sequence = sequence
        self.outcome = outcome
        self.id = id
        self.runID = runID
    }

    /// Waits for the child's result. Cancelling a task that waits here cancels the child, and goes on as the child's
    /// ``ChildWorkflowOptions/cancellationType`` says.
    /// - Throws: ``ChildWorkflowFailure``, whose cause says why.
    public func result() async throws -> Child.Output {
        if let result = outcome.result { return try context.decode(.result(result)) }
        return try context.decode(await context.suspend(for: .init(.child, sequence), Child.workflowType))
    }

    /// Sends the child a signal, and waits until the server has taken it.
    /// - Throws: ``ApplicationFailure`` of type `ExternalWorkflowExecutionNotFound` if the child has ended;
    ///   ``CanceledFailure`` if the task was cancelled before the signal was sent.
    public func signal<Input>(_ type: SignalType<Input>, _ value: Input) async throws {
        let input = try context.converter.payloads(encoding: value)
        try await context.signal(
            .init(workflowID: id, runID: "", isForChild: true, name: type.name, input: input))
    }

    /// Cancels the child; those who wait for its result go on as the child's ``ChildWorkflowOptions/cancellationType``
    /// says.
    public func cancel(reason: String = "") {
        guard outcome.result == nil, !context.isTearingDown else { return }
        context.outbox.append(.cancelChild(sequence: sequence, reason: reason))
    }
}

/// A child could not be started because its id is taken.
public struct ChildWorkflowAlreadyStartedError: TemporalFailure, Hashable {
    /// The id that is taken.
    public let workflowID: String
    /// The name of the type that was to be started.
    public let workflowType: String

    public var message: String { "child workflow \"\(workflowID)\" is already started" }
    public var cause: (any Error)? { nil }
}

/// How a child ended, once it has: whoever holds its handle may ask at any time.
final class ChildOutcome {
    var result: OperationResult?
}

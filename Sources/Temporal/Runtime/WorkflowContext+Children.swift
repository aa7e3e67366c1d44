import Foundation
import TemporalAPI

extension WorkflowContext {
    /// Starts a child workflow and waits for its result.
    /// - Throws: ``ChildWorkflowFailure``, whose cause says why; ``ChildWorkflowAlreadyStartedError``; `CancellationError`
    ///   when the task was cancelled by then; ``InvalidOptionError``.
    public func execute<Child: Workflow>(
        child: Child.Type, _ input: Child.Input, options: ChildWorkflowOptions = .init()
    ) async throws -> Child.Output {
        try await start(child: child, input, options: options).result()
    }

    /// Starts a child workflow, and returns when the server has started it.
    ///
    /// Cancelling the task meanwhile cancels the child, as its ``ChildWorkflowOptions/cancellationType`` says.
    /// - Throws: ``ChildWorkflowFailure``, whose cause says why; ``ChildWorkflowAlreadyStartedError``; `CancellationError`
    ///   when the task was cancelled by then; ``InvalidOptionError``.
    public func start<Child: Workflow>(
        child: Child.Type, _ input: Child.Input, options: ChildWorkflowOptions = .init()
    ) async throws -> ChildWorkflowHandle<Child> {
        let payloads = try converter.payloads(encoding: input)
        try await enter()
        let sequence = operations.nextSequence(.child)
        let id = options.id ?? random.uuid().uuidString.lowercased()
        var start = StartChild(type: Child.workflowType, input: payloads, options: options, workflowID: id)
        try intercept(&start) { try $0.startChild(&$1, self) }
        try start.options.check(for: start.type)
        let outcome = ChildOutcome()
        children[sequence] = outcome
        let resolution = try await wait(for: .init(.childStart, sequence), start.type) { [start] in
            ask(.startChild(sequence: sequence, start))
        }
        switch resolution {
        case .childStarted(let runID):
            return ChildWorkflowHandle(
                context: self, sequence: sequence, outcome: outcome, id: start.workflowID, runID: runID)
        case .childExists(let workflowID, let type):
            throw ChildWorkflowAlreadyStartedError(workflowID: workflowID, workflowType: type)
        default:
            throw error(of: resolution)
        }
    }

    func resolveChildStart(_ sequence: Int, _ start: ChildStart) {
        let key = OperationKey(.childStart, sequence)
        switch start {
        case .started(let runID): return resume(key, returning: .childStarted(runID: runID))
        case .alreadyExists(let workflowID, let type):
            resume(key, returning: .childExists(workflowID: workflowID, type: type))
        case .failed(let failure): resume(key, returning: .result(.failed(failure)))
        case .canceled(let failure): resume(key, returning: .result(.canceled(failure)))
        }
        children[sequence] = nil
    }

    func resolveChild(_ sequence: Int, _ result: OperationResult) {
        children.removeValue(forKey: sequence)?.result = result
        // One cancelled while it was being started never comes to have a handle.
        let start = OperationKey(.childStart, sequence)
        resume(operations.isPending(start) ? start : .init(.child, sequence), returning: .result(result))
    }
}

/// A workflow ended without a result; ``cause`` says why.
public struct WorkflowFailedError: Error, Sendable, CustomStringConvertible {
    /// The workflow's id.
    public let workflowID: String
    /// The run that ended the chain; nil if the handle named no run and the current one was the last.
    public let runID: String?
    /// What the workflow threw, or a ``CanceledFailure``, ``TerminatedFailure`` or ``TimeoutFailure``.
    public let cause: any Error

    public var description: String {
        let run = runID.map { ", run \($0)," } ?? ""
        return "workflow \"\(workflowID)\"\(run) failed: \(cause)"
    }
}

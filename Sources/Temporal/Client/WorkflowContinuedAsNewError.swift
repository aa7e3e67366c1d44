/// The run whose result was awaited handed over to another, and the caller did not want to follow.
public struct WorkflowContinuedAsNewError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The workflow's id.
    public let workflowID: String
    /// The run that was awaited; nil if the handle named none.
    public let runID: String?
    /// The run that goes on.
    public let newRunID: String

    public var description: String { "workflow \"\(workflowID)\" goes on as run \(newRunID)" }
}

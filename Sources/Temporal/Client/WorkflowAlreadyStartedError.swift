/// A start was refused because the id is taken: by an open run, or by a closed one that the reuse policy counts.
public struct WorkflowAlreadyStartedError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The id that is taken.
    public let workflowID: String
    /// The run that holds the id.
    public let runID: String
    /// The request id that run was started with; empty if the server does not say.
    public let startRequestID: String

    public var description: String { "workflow \"\(workflowID)\" is already started, as run \(runID)" }
}

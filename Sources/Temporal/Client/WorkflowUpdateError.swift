/// An update ended without a result, or was refused; ``cause`` says why.
public struct WorkflowUpdateFailedError: Error, Sendable, CustomStringConvertible {
    /// The workflow's id.
    public let workflowID: String
    /// The update's id.
    public let updateID: String
    /// What the handler or the validator threw.
    public let cause: any Error

    public var description: String { "update \"\(updateID)\" of workflow \"\(workflowID)\" failed: \(cause)" }
}

/// The wait for an update ended by its time limit or by cancellation. The update itself may still be under way, or not have reached the
/// workflow; repeat the call with the same id to find out.
public struct WorkflowUpdateInterruptedError: Error, Sendable, CustomStringConvertible {
    /// The workflow's id.
    public let workflowID: String
    /// The update's id.
    public let updateID: String
    /// The call that ended early; nil if the caller ended the wait.
    public let cause: TemporalRPCError?

    public var description: String {
        let reason = cause.map { ": \($0)" } ?? ""
        return "the wait for update \"\(updateID)\" of workflow \"\(workflowID)\" ended early\(reason)"
    }
}

/// The server knows no such update: it was never sent, or it was refused, which leaves no trace, or its workflow is gone.
public struct WorkflowUpdateNotFoundError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The workflow's id.
    public let workflowID: String
    /// The update's id.
    public let updateID: String
    /// The server's own words.
    public let message: String

    public var description: String { "update \"\(updateID)\" of workflow \"\(workflowID)\": \(message)" }
}

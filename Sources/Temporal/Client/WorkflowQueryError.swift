/// A query got no answer.
public struct WorkflowQueryError: Error, Sendable, CustomStringConvertible {
    /// The workflow that was asked.
    public let workflowID: String
    /// The name of the query.
    public let query: String
    /// Why there is no answer.
    public let reason: Reason

    /// Why there is no answer.
    public enum Reason: Sendable {
        /// The handler threw this, or the workflow knows no such query.
        case failed(any Error)
        /// The workflow's status is one the caller did not want to query.
        case rejected(WorkflowExecutionStatus)
        /// No worker answered in time, or none has run the workflow yet.
        case unanswered(TemporalRPCError)
    }

    public var description: String {
        let what = "query \"\(query)\" of workflow \"\(workflowID)\""
        return switch reason {
        case .failed(let error): "\(what) failed: \(error)"
        case .rejected(let status): "\(what) was rejected because the workflow is \(status)"
        case .unanswered(let error): "\(what) was not answered; is a worker running? \(error)"
        }
    }
}

public import Temporal

/// A workflow to be started, once.
public struct StartCommand: Equatable, Sendable {
    public let workflowType: String
    public let workflowID: String
    public let taskQueue: String
    /// The same whenever the record is read again, so that Temporal knows the call for a repetition.
    public let requestID: String
    public let input: Payloads
    /// Tells a request from another of the same workflow id; kept in the workflow's memo.
    public let digest: String
    /// What the workflow is found by. The namespace must know them: it refuses the start otherwise.
    public let searchAttributes: SearchAttributes
    /// How long the workflow may take in all before the server ends it as it is, which undoes nothing.
    public let executionTimeout: Duration

    /// A year: longer than any step is waited for, stuck ones included, so that it ends only what nobody looks after.
    public static let longestLife = Duration.seconds(365 * 86_400)

    public init(
        workflowType: String, workflowID: String, taskQueue: String, requestID: String, input: Payloads, digest: String,
        searchAttributes: SearchAttributes = SearchAttributes(), executionTimeout: Duration = Self.longestLife
    ) {
        self.workflowType = workflowType
        self.workflowID = workflowID
        self.taskQueue = taskQueue
        self.requestID = requestID
        self.input = input
        self.digest = digest
        self.searchAttributes = searchAttributes
        self.executionTimeout = executionTimeout
    }
}

public import Temporal

/// A signal to a workflow.
public struct SignalCommand: Equatable, Sendable {
    public let name: String
    public let workflowID: String
    /// The same whenever the record is read again, so that the workflow gets the signal once.
    public let requestID: String
    public let input: Payloads
    /// Why the record is dead-lettered if the workflow has ended without it.
    public let reasonWhenLate: DeadLetterReason

    public init(
        name: String, workflowID: String, requestID: String, input: Payloads, reasonWhenLate: DeadLetterReason
    ) {
        self.name = name
        self.workflowID = workflowID
        self.requestID = requestID
        self.input = input
        self.reasonWhenLate = reasonWhenLate
    }
}

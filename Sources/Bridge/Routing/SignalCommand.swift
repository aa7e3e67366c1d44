public import Temporal

/// A signal to a workflow.
public struct SignalCommand: Equatable, Sendable {
    /// What becomes of a signal whose workflow has ended without it.
    public enum WhenLate: Equatable, Sendable {
        /// Its record is dead-lettered for this reason.
        case deadLetter(DeadLetterReason)
        /// Another workflow takes it up.
        case start(StartCommand)
    }

    public let name: String
    public let workflowID: String
    /// The same whenever the record is read again, so that the workflow gets the signal once.
    public let requestID: String
    public let input: Payloads
    public let whenLate: WhenLate

    public init(
        name: String, workflowID: String, requestID: String, input: Payloads, whenLate: WhenLate
    ) {
        self.name = name
        self.workflowID = workflowID
        self.requestID = requestID
        self.input = input
        self.whenLate = whenLate
    }
}

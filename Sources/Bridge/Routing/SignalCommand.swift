import Temporal

/// A signal to a workflow that must be there already.
struct SignalCommand: Equatable, Sendable {
    let name: String
    let workflowID: String
    /// The same whenever the record is read again, so that the workflow gets the signal once.
    let requestID: String
    let input: Payloads
    /// Why the record is dead-lettered if the workflow has ended without it.
    let reasonWhenLate: DeadLetterReason
}

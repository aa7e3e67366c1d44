import Temporal

/// A workflow to be started, once.
struct StartCommand: Equatable, Sendable {
    let workflowType: String
    let workflowID: String
    let taskQueue: String
    /// The same whenever the record is read again, so that Temporal knows the call for a repetition.
    let requestID: String
    let input: Payloads
    /// Tells a request from another of the same id; kept with the workflow.
    let digest: String
}

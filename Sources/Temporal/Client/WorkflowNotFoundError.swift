/// The workflow does not exist; for a signal, cancel or terminate also: its run is closed.
public struct WorkflowNotFoundError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The id that was asked for.
    public let workflowID: String
    /// The run that was asked for; nil is the current one.
    public let runID: String?
    /// The server's own words, which tell a closed run from one that never was.
    public let message: String

    public var description: String {
        let run = runID.map { ", run \($0)" } ?? ""
        return "workflow \"\(workflowID)\"\(run): \(message)"
    }
}

/// An option of an activity, a workflow or a schedule that no server would take.
///
/// Workflow code gets it from the call that names the option. Like any bug it fails the workflow task, not the workflow, unless the code
/// catches it: with the option mended, the run goes on.
public struct InvalidOptionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which one, `retryPolicy.maximumAttempts` say.
    public let option: String
    /// What is wrong with its value.
    public let reason: String
    /// The activity or the workflow that was to have it; empty when the call names but one.
    public internal(set) var target = ""

    init(_ option: String, _ reason: String) {
        self.option = option
        self.reason = reason
    }

    public var description: String { "\(target.isEmpty ? "" : "\(target): ")option \(option) \(reason)" }
}

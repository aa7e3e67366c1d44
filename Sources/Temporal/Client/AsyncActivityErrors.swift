/// The activity does not exist or has ended: it was completed, it timed out, or its workflow is closed.
public struct ActivityNotFoundError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The server's own words.
    public let message: String

    public var description: String { "the activity is not there, or has ended: \(message)" }
}

/// An activity is to end.
public struct ActivityInterruptedError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why an activity is to end.
    public enum Reason: Sendable, Hashable {
        /// Its workflow asked for it: answer with ``AsyncActivityHandle/reportCancellation(details:)``.
        case cancelRequested
        /// An operator holds it back: fail the attempt, and another will follow when it goes on.
        case paused
        /// An operator began it anew: fail the attempt, and the first will follow.
        case reset
    }

    /// Why it is to end.
    public let reason: Reason

    public var description: String { "the activity is to end: \(reason)" }
}

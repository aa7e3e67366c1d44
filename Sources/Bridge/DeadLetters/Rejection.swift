public import Foundation

/// A record that can't be applied now or ever, and why.
public struct Rejection: Error, Equatable, Sendable {
    public let reason: DeadLetterReason
    /// For people; without personal data and without tokens.
    public let text: String

    /// When it failed for the first time, if it was tried for a while.
    public let firstFailure: Date?

    public init(_ reason: DeadLetterReason, _ text: String, firstFailure: Date? = nil) {
        self.reason = reason
        self.text = text
        self.firstFailure = firstFailure
    }
}

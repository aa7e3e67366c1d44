import Foundation

/// A record that can't be applied now or ever, and why.
struct Rejection: Error, Equatable {
    let reason: DeadLetterReason
    /// For people; without personal data and without tokens.
    let text: String

    /// When it failed for the first time, if it was tried for a while.
    let firstFailure: Date?

    init(_ reason: DeadLetterReason, _ text: String, firstFailure: Date? = nil) {
        self.reason = reason
        self.text = text
        self.firstFailure = firstFailure
    }
}

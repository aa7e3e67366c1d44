/// A record that can't be applied now or ever, and why.
struct Rejection: Error, Equatable {
    let reason: DeadLetterReason
    /// For people; without personal data and without tokens.
    let text: String

    init(_ reason: DeadLetterReason, _ text: String) {
        self.reason = reason
        self.text = text
    }
}

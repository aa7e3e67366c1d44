/// The payment methods that make the simulated providers misbehave, as the test tokens of real ones do.
public enum TestToken: String, CaseIterable, Sendable {
    /// Accepted and confirmed as approved.
    case ok = "tok_ok"
    /// Declined at once.
    case declined = "tok_declined"
    /// Accepted, then confirmed as declined.
    case confirmDeclined = "tok_confirm_declined"
    /// Unavailable for the first two attempts, then as ``ok``.
    case flaky = "tok_flaky"
    /// As ``ok``, but the first caller gets its answer so late that it has given up by then.
    case timeoutAfterAccept = "tok_timeout_after_accept"
    /// Accepted and never confirmed.
    case silent = "tok_silent"
    /// Accepted, and confirmed as approved so late that the payment has been given up; also when the charge was voided by then.
    case late = "tok_late"
    /// As ``ok`` at the gateway, suspicious to the fraud check.
    case fraud = "tok_fraud"

    /// The behaviour that a payment method's token asks for; ``ok`` for any token not listed here.
    public init(method token: String) {
        self = TestToken(rawValue: token) ?? .ok
    }
}

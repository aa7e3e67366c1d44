/// Whether an account takes part in new transfers.
public enum AccountStatus: String, Sendable, Hashable, CaseIterable {
    /// Debits and credits are accepted.
    case open

    /// Every new debit and credit is refused. Final.
    case closed
}

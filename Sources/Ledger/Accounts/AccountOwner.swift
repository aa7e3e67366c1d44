/// Whose money an account holds.
public enum AccountOwner: String, Sendable, Hashable, CaseIterable {
    /// A customer who pays. Never goes below its overdraft limit.
    case user

    /// A business that is paid. Never goes below its overdraft limit.
    case merchant

    /// Money under way: authorised, and neither settled nor returned yet. Internal, so without a limit.
    case clearing

    /// Where money enters and leaves the books, so that all accounts sum to zero. Internal, so without a limit.
    case funding

    /// Whether accounts of this owner may go below zero without limit.
    public var isInternal: Bool { self == .clearing || self == .funding }
}

/// What a transfer call did.
public enum TransferResult: Sendable, Hashable {
    /// This call moved the money.
    case applied

    /// An earlier call with the same id and content had moved the money; this one did nothing.
    case alreadyApplied
}

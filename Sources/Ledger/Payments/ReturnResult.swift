/// What a return call did.
public enum ReturnResult: Sendable, Hashable {
    /// This call gave the money back.
    case returned

    /// An earlier call had given the money back; this one did nothing.
    case alreadyReturned

    /// The payment was never authorised. That is now recorded, and a late authorisation will be refused.
    case nothingToReturn
}

/// How far the ledger has brought a payment.
public enum PaymentState: Sendable, Hashable {
    /// The ledger has recorded nothing of the payment.
    case unknown

    /// The money is in clearing.
    case authorised

    /// The merchant has the money. Final.
    case settled

    /// The user has the money back. Final.
    case returned

    /// The payment was given up before it was authorised, and can't be authorised any more. Final.
    case voided
}

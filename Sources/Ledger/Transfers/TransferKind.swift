/// What a transfer stands for.
public enum TransferKind: String, Sendable, Hashable, CaseIterable {
    /// A movement outside any payment, such as seeding an account.
    case transfer

    /// A payment's money taken from the user into clearing.
    case authorise

    /// A payment's money paid out of clearing to the merchant.
    case settle

    /// A payment's money given back from clearing to the user; without postings when there was nothing to give back.
    case `return`

    /// The kinds that are steps of a payment.
    static let steps: [TransferKind] = [.authorise, .settle, .return]

    /// The transfer id, and so the idempotency key, of this step of a payment.
    /// - Parameter payment: The payment's id.
    /// - Returns: The payment's id and the step, such as `payment-1/authorise`.
    public func id(payment: String) -> String { "\(payment)/\(rawValue)" }
}

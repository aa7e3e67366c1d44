public import Foundation

/// Money of a payment that was authorised: held in clearing until the payment ends.
public struct Hold: Sendable, Hashable {
    /// Where held money is, or went.
    public enum Status: String, Sendable, Hashable, CaseIterable {
        /// In clearing.
        case pending
        /// With the merchant: the payment was settled.
        case posted
        /// With the user again: the payment was returned.
        case voided
        /// With the user again: it was held for longer than it was to be.
        case expired
    }

    /// The payment's id.
    public let payment: String

    /// The id of the account the money came from.
    public let user: String

    /// The id of the clearing account.
    public let clearing: String

    /// How much is or was held.
    public let amount: Money

    /// Where the money is, or went.
    public let status: Status

    /// When the payment was authorised.
    public let createdAt: Date

    /// When the money goes back unless the payment has ended, to the millisecond; `nil` for never.
    public let expiresAt: Date?
}

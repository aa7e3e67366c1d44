public import Foundation

/// A payment whose money is with its merchant, sent as a signal to the merchant's ``SettlementWorkflow``.
public struct SettledPayment: Codable, Sendable, Hashable {
    public var paymentID: String
    public var amount: Amount

    public init(paymentID: String, amount: Amount) {
        self.paymentID = paymentID
        self.amount = amount
    }
}

/// What closes a settlement batch.
public struct SettlementPolicy: Codable, Sendable, Hashable {
    /// A batch of so many payments is closed at once.
    public var maximumPayments: Int
    /// When, after midnight UTC, the batch of a day is closed, in milliseconds.
    public var cutOffMilliseconds: Int64

    public init(maximumPayments: Int = 1000, cutOffMilliseconds: Int64 = 0) {
        self.maximumPayments = maximumPayments
        self.cutOffMilliseconds = cutOffMilliseconds
    }
}

/// The input of ``SettlementWorkflow``: what a run takes over from the one before.
public struct SettlementState: Codable, Sendable, Hashable {
    public var merchantID: String
    public var policy: SettlementPolicy
    /// The number of the batch that is collected; a merchant's first is 1.
    public var batchNumber: Int64
    /// In the order in which they were settled.
    public var payments: [SettledPayment]
    /// The ids of the last payments that were in an earlier batch, oldest first, so that a repeated signal counts once.
    public var closedIDs: [String]

    public init(merchantID: String, policy: SettlementPolicy = .init()) {
        self.merchantID = merchantID
        self.policy = policy
        batchNumber = 1
        payments = []
        closedIDs = []
    }
}

/// One batch, to be published.
public struct SettlementAnnouncement: Codable, Sendable, Hashable {
    public var merchantID: String
    public var number: Int64
    public var payments: [SettledPayment]
    public var closedAt: Date

    public init(merchantID: String, number: Int64, payments: [SettledPayment], closedAt: Date) {
        self.merchantID = merchantID
        self.number = number
        self.payments = payments
        self.closedAt = closedAt
    }
}

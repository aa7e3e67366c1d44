public import SwiftProtobuf

extension SettlementBatch: PaymentEvent {
    /// Merchant id and number, for example `merchant-9/settlement/12`.
    public var eventID: String { "\(merchantID)/settlement/\(number)" }

    /// `closed_at`.
    public var eventTime: Google_Protobuf_Timestamp? { hasClosedAt ? closedAt : nil }

    /// The merchant id, which keeps a merchant's batches in order.
    public var partitionKey: String { merchantID }
}

extension ReconciliationDifference: PaymentEvent {
    /// Payment id and what was found, for example `order-17/reconciliation/settled/voided/SUCCEEDED`: the same difference
    /// found again is the same event.
    public var eventID: String { "\(paymentID)/reconciliation/\(ledger)/\(gateway)/\(outcome)" }

    /// `found_at`.
    public var eventTime: Google_Protobuf_Timestamp? { hasFoundAt ? foundAt : nil }

    /// The payment id.
    public var partitionKey: String { paymentID }
}

public import SwiftProtobuf

extension PaymentRequested: InboundPaymentEvent {
    /// The largest amount of one payment, in minor units of any currency. It keeps the sums of millions of payments
    /// within 64 bits, and the number exact in JSON readers that know doubles only.
    public static let maximumMinorUnits: Int64 = 1_000_000_000_000

    /// The largest number of `metadata` entries.
    public static let maximumMetadataEntries = 32

    /// One per payment, for example `order-17/requested`.
    public var eventID: String { "\(paymentID)/requested" }

    /// `requested_at`.
    public var eventTime: Google_Protobuf_Timestamp? { hasRequestedAt ? requestedAt : nil }

    /// The payment id, which keeps the events of one payment in order.
    public var partitionKey: String { paymentID }

    /// Checks every field; see `InboundPaymentEvent`.
    public func validate() throws(EventValidationError) {
        let rules = FieldRules(event: Self.eventName)
        try rules.paymentID(paymentID)
        try rules.required("user_id", userID)
        try rules.amount("amount", amount, upTo: Self.maximumMinorUnits)
        try rules.required("payment_method.token", paymentMethod.token, upTo: 256)
        try rules.optional("payment_method.type", paymentMethod.type, upTo: 64)
        try rules.required("merchant_id", merchantID)
        try rules.timestamp("requested_at", eventTime)
        try validateMetadata(rules)
    }

    private func validateMetadata(_ rules: FieldRules) throws(EventValidationError) {
        guard metadata.count <= Self.maximumMetadataEntries else {
            let rule = "must have at most \(Self.maximumMetadataEntries) entries"
            throw rules.fail("metadata", .tooMany(count: metadata.count), rule)
        }
        // Sorted, so that the same request gives the same error each time.
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            try rules.required("metadata.key", key, upTo: 64)
            try rules.optional("metadata.value", value)
        }
    }
}

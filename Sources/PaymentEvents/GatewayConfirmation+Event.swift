public import SwiftProtobuf

extension GatewayConfirmation: InboundPaymentEvent {
    /// Payment id and the gateway's own id of the decision.
    public var eventID: String { "\(paymentID)/confirmation/\(confirmationID)" }

    /// `occurred_at`.
    public var eventTime: Google_Protobuf_Timestamp? { hasOccurredAt ? occurredAt : nil }

    /// The payment id, which keeps the events of one payment in order.
    public var partitionKey: String { paymentID }

    /// Checks every field; see `InboundPaymentEvent`.
    public func validate() throws(EventValidationError) {
        let rules = FieldRules(event: Self.eventName)
        try rules.required("confirmation_id", confirmationID)
        try rules.paymentID(paymentID)
        try rules.optional("gateway_reference", gatewayReference, upTo: FieldRules.maximumIdentifierBytes)
        let statusRule = "must be APPROVED or DECLINED"
        switch status {
        case .approved, .declined: break
        case .unspecified: throw rules.fail("status", .missing, statusRule)
        case .UNRECOGNIZED: throw rules.fail("status", .unknownCode, statusRule)
        }
        try rules.optional("reason", reason)
        try rules.timestamp("occurred_at", eventTime)
    }
}

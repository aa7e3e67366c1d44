public import SwiftProtobuf

extension CancellationRequested: InboundPaymentEvent {
    /// The same for every wish to cancel one payment: the second changes nothing.
    public var eventID: String { "\(paymentID)/cancellation" }

    /// Always nil: the schema has no time.
    public var eventTime: Google_Protobuf_Timestamp? { nil }

    /// The payment id, which keeps the events of one payment in order.
    public var partitionKey: String { paymentID }

    /// Checks every field; see `InboundPaymentEvent`.
    public func validate() throws(EventValidationError) {
        let rules = FieldRules(event: Self.eventName)
        try rules.paymentID(paymentID)
        try rules.required("requested_by", requestedBy)
        try rules.optional("reason", reason)
    }
}

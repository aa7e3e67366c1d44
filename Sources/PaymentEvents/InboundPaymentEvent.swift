/// An event that others send to this system, so nothing about it is certain until it was validated.
public protocol InboundPaymentEvent: PaymentEvent {
    /// Checks every field against the contract.
    ///
    /// - Throws: `EventValidationError` for the first field that breaks its rule. Its text never holds the value.
    func validate() throws(EventValidationError)
}

extension InboundPaymentEvent {
    /// Checks that the Kafka key is the payment id, without which two events of one payment could overtake each other.
    ///
    /// - Throws: `EventValidationError` for the field `key`.
    public func validate(key: String?) throws(EventValidationError) {
        guard let key, !key.isEmpty else {
            throw EventValidationError(
                event: Self.eventName, field: "key", found: .missing, rule: "must equal payment_id")
        }
        guard key == paymentID else {
            throw EventValidationError(
                event: Self.eventName, field: "key", found: .mismatch, rule: "must equal payment_id")
        }
    }
}

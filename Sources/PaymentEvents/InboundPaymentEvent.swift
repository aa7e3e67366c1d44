/// An event that others send to this system, so nothing about it is certain until it was validated.
public protocol InboundPaymentEvent: PaymentEvent {
    /// The field that the Kafka key must repeat; `payment_id` unless given.
    static var keyField: String { get }

    /// Checks every field against the contract.
    ///
    /// - Throws: `EventValidationError` for the first field that breaks its rule. Its text never holds the value.
    func validate() throws(EventValidationError)
}

extension InboundPaymentEvent {
    public static var keyField: String { "payment_id" }

    /// Checks that the Kafka key is what it must be, such as the payment id, without which two events of one payment could
    /// overtake each other.
    ///
    /// - Throws: `EventValidationError` for the field `key`.
    public func validate(key: String?) throws(EventValidationError) {
        guard let key, !key.isEmpty else {
            throw EventValidationError(
                event: Self.eventName, field: "key", found: .missing, rule: "must equal \(Self.keyField)")
        }
        guard key == partitionKey else {
            throw EventValidationError(
                event: Self.eventName, field: "key", found: .mismatch, rule: "must equal \(Self.keyField)")
        }
    }
}

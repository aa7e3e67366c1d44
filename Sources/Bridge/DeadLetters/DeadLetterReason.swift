/// Why a record was dead-lettered. The raw value is what the header ``DeadLetterHeader/reason`` says; the list is
/// closed.
public enum DeadLetterReason: String, CaseIterable, Sendable {
    /// The value does not parse in the encoding its content type names.
    case malformed
    /// The `content-type` header names an encoding that is not spoken here.
    case unsupportedContentType = "unsupported_content_type"
    /// The `ce_type` header names an event that belongs on another topic, or is of a version that is not read here.
    case unexpectedType = "unexpected_type"
    /// A field breaks the contract: an unknown currency, an amount that is not positive, a name that is too long.
    case invalid
    /// The record has no key, so nothing keeps it in order with the other events of its payment.
    case missingKey = "missing_key"
    /// The key is not the payment id.
    case keyMismatch = "key_mismatch"
    /// The record has no value.
    case tombstone
    /// The value is larger than any valid event.
    case oversized
    /// The payment id belongs to an earlier request with other contents, which is untouched.
    case conflict
    /// The wish to cancel came after the payment had ended.
    case lateCancellation = "late_cancellation"
    /// No payment of that id appeared within the time a record is held.
    case unknownPayment = "unknown_payment"
    /// Temporal refused the call for good, as invalid or too large.
    case refused
    /// Temporal did not take the record within the time it is tried, although it took others.
    case undeliverable
    /// An earlier record of the key was refused or undeliverable and nothing was done about it yet.
    case behindParked = "behind_parked"

    /// Whether later records of the key have to wait for what becomes of this one.
    var parksKey: Bool { self == .refused || self == .undeliverable || self == .behindParked }
}

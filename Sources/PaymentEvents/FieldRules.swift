import SwiftProtobuf

/// The checks that several events share, reported in the name of one event.
struct FieldRules {
    /// The bounds of free text, in bytes of UTF-8.
    static let maximumIdentifierBytes = 128
    static let maximumTextBytes = 512

    let event: String

    func fail(
        _ field: String, _ found: EventValidationError.Found, _ rule: String
    ) -> EventValidationError {
        EventValidationError(event: event, field: field, found: found, rule: rule)
    }

    func paymentID(_ id: String, field: String = "payment_id") throws(EventValidationError) {
        let rule = "must be 1 to \(PaymentID.maximumLength) of [A-Za-z0-9._-], neither . nor .."
        guard !id.isEmpty else { throw fail(field, .missing, rule) }
        guard id.utf8.count <= PaymentID.maximumLength else { throw fail(field, .tooLong(bytes: id.utf8.count), rule) }
        guard PaymentID.hasOnlyAllowedCharacters(id) else { throw fail(field, .forbiddenCharacters, rule) }
    }

    /// A known currency, and 1 to `maximum` minor units of it.
    func amount(_ field: String, _ amount: Money, upTo maximum: Int64) throws(EventValidationError) {
        let currencyRule = "must be a current ISO 4217 code in capitals"
        guard !amount.currency.isEmpty else { throw fail("\(field).currency", .missing, currencyRule) }
        guard CurrencyTable.exponent(of: amount.currency) != nil else {
            throw fail("\(field).currency", .unknownCode, currencyRule)
        }
        try count("\(field).minor_units", amount.minorUnits, upTo: maximum)
    }

    /// A number from 1 to `maximum`.
    func count(_ field: String, _ number: Int64, upTo maximum: Int64) throws(EventValidationError) {
        let rule = "must be from 1 to \(maximum)"
        guard number != 0 else { throw fail(field, .zero, rule) }
        guard number > 0 else { throw fail(field, .negative, rule) }
        guard number <= maximum else { throw fail(field, .tooLarge, rule) }
    }

    /// Text that must be there.
    func required(
        _ field: String, _ text: String, upTo maximum: Int = maximumIdentifierBytes
    ) throws(EventValidationError) {
        guard !text.isEmpty else { throw fail(field, .missing, textRule(from: 1, to: maximum)) }
        try bounded(field, text, from: 1, to: maximum)
    }

    /// Text that may be absent.
    func optional(
        _ field: String, _ text: String, upTo maximum: Int = maximumTextBytes
    ) throws(EventValidationError) {
        try bounded(field, text, from: 0, to: maximum)
    }

    func timestamp(_ field: String, _ time: Google_Protobuf_Timestamp?) throws(EventValidationError) {
        let rule = "must be an RFC 3339 time in the years 1 to 9999"
        guard let time else { throw fail(field, .missing, rule) }
        // The range of google.protobuf.Timestamp; a binary message can hold more.
        guard (-62_135_596_800...253_402_300_799).contains(time.seconds), (0...999_999_999).contains(time.nanos)
        else { throw fail(field, .outOfRange, rule) }
    }

    private func bounded(
        _ field: String, _ text: String, from minimum: Int, to maximum: Int
    ) throws(EventValidationError) {
        let rule = textRule(from: minimum, to: maximum)
        guard text.utf8.count <= maximum else { throw fail(field, .tooLong(bytes: text.utf8.count), rule) }
        // NUL can't be stored in PostgreSQL, and line breaks would forge log lines.
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw fail(field, .controlCharacters, rule)
        }
    }

    private func textRule(from minimum: Int, to maximum: Int) -> String {
        "must be \(minimum) to \(maximum) bytes of UTF-8 without control characters"
    }
}

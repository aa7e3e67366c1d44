/// What ids and references may look like.
enum Identifier {
    /// Whether an account or transfer can have this id: 1 to 200 printable ASCII characters, no spaces.
    ///
    /// Only ASCII, because Swift and a database disagree on which Unicode strings are equal.
    static func isValid(_ id: String) -> Bool {
        (1...200).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Checks an account's or transfer's id.
    static func check(_ id: String, of subject: String) throws(LedgerError) {
        guard isValid(id) else {
            throw .invalid(
                "\"\(id.prefix(200))\" is no id for \(subject); use 1 to 200 printable ASCII characters, no spaces"
            )
        }
    }

    /// Checks a payment's id. A slash is refused, because it parts the payment's id from the step in a transfer's id.
    static func check(payment: String) throws(LedgerError) {
        let characters = payment.utf8
        guard (1...128).contains(characters.count),
            characters.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") })
        else {
            throw .invalid(
                "\"\(payment.prefix(200))\" is no id for a payment; "
                    + "use 1 to 128 printable ASCII characters, no spaces or slashes"
            )
        }
    }

    /// Checks a reference: up to 200 bytes, no control characters.
    static func check(reference: String) throws(LedgerError) {
        guard reference.utf8.count <= 200, reference.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .invalid(
                "the reference \"\(reference.prefix(200))\" is malformed; use up to 200 bytes, no control characters"
            )
        }
    }
}

/// An amount in one currency.
public struct Money: Sendable, Hashable {
    /// The amount in minor units of ``currency``: cents of EUR, yen of JPY. May be negative.
    public var minorUnits: Int64

    /// The currency the minor units belong to.
    public var currency: Currency

    /// An amount.
    /// - Parameters:
    ///   - minorUnits: The amount in minor units of the currency.
    ///   - currency: The currency.
    public init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }
}

extension Money: CustomStringConvertible {
    /// The amount in major units with the currency's digits, such as `-12.30 EUR`.
    public var description: String {
        var digits = String(minorUnits.magnitude)
        if currency.exponent > 0 {
            digits = String(repeating: "0", count: max(0, currency.exponent + 1 - digits.count)) + digits
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -currency.exponent))
        }
        return "\(minorUnits < 0 ? "-" : "")\(digits) \(currency)"
    }
}

import Ledger
import Testing

@Suite("Money")
struct MoneyTests {
    @Test(
        "is written in major units with the digits of its currency",
        arguments: [
            (1230, "EUR", "12.30 EUR"), (-5, "EUR", "-0.05 EUR"), (0, "EUR", "0.00 EUR"), (1230, "JPY", "1230 JPY"),
            (1, "KWD", "0.001 KWD"), (12345, "CLF", "1.2345 CLF"), (.min, "USD", "-92233720368547758.08 USD"),
        ] as [(Int64, String, String)]
    )
    func text(minorUnits: Int64, code: String, expected: String) throws {
        #expect(try Money(minorUnits: minorUnits, currency: Currency(code)).description == expected)
    }

    @Test("is refused in what is no ISO 4217 currency", arguments: ["", "eur", "EURO", "XAU", "ABC", "E R"])
    func unknownCurrency(code: String) {
        #expect(throws: LedgerError.self) { try Currency(code) }
    }
}

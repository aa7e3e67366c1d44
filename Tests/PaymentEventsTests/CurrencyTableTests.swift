import PaymentEvents
import Testing

@Suite struct CurrencyTableTests {
    @Test(
        "The table knows each currency's decimals",
        arguments: [("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("ISK", 0), ("ZWG", 2)]
    ) func decimals(code: String, exponent: Int) {
        #expect(CurrencyTable.exponent(of: code) == exponent)
    }

    @Test(
        "Withdrawn currencies, metals, test codes and other texts are no currencies",
        arguments: ["DEM", "HRK", "BGN", "ANG", "XAU", "XTS", "XXX", "eur", "", "EURO", "EUR "]
    ) func unknown(code: String) {
        #expect(CurrencyTable.exponent(of: code) == nil)
    }
}

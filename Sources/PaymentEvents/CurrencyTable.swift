/// The currencies of ISO 4217 that payments are made in: funds, metals, test and withdrawn codes are left out.
public enum CurrencyTable {
    /// The number of decimals between the currency's major and minor unit (2 for EUR, 0 for JPY, 3 for KWD), or nil
    /// for a code that is no current currency. Codes are capitals.
    public static func exponent(of code: String) -> Int? {
        exponents[code]
    }

    private static let exponents: [String: Int] = {
        var table: [String: Int] = [:]
        for (exponent, codes) in [(0, withoutDecimals), (2, withTwoDecimals), (3, withThreeDecimals)] {
            for code in codes.split(whereSeparator: \.isWhitespace) {
                table[String(code)] = exponent
            }
        }
        return table
    }()

    private static let withoutDecimals = """
        BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF
        """

    private static let withTwoDecimals = """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
        CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
        JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
        NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
        SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
        """

    private static let withThreeDecimals = """
        BHD IQD JOD KWD LYD OMR TND
        """
}

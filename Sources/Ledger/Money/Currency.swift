/// An ISO 4217 currency that has minor units.
public struct Currency: Sendable, Hashable {
    /// The alphabetic code, three capital letters, such as `EUR`.
    public let code: String

    /// How many decimal digits a minor unit is: 2 for EUR (cents), 0 for JPY, 3 for KWD.
    public let exponent: Int

    /// The currency with an alphabetic code.
    /// - Parameter code: Three capital letters. Precious metals, test and fund codes have no minor unit and are refused,
    ///   but for CLF, UYI and UYW, which accounts are kept in.
    /// - Throws: ``LedgerError/invalid(_:)`` when ISO 4217 lists no such currency.
    public init(_ code: String) throws(LedgerError) {
        guard let exponent = Self.exponents[code] else {
            throw .invalid("\"\(code)\" is not an ISO 4217 currency; use a code of three capital letters such as EUR")
        }
        self.code = code
        self.exponent = exponent
    }

    /// ISO 4217 list one, with the currencies withdrawn since 2023 that old postings may still carry.
    private static let exponents: [String: Int] = {
        let byExponent: [(exponent: Int, codes: String)] = [
            (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
            (
                2,
                """
                AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
                CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL \
                HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP \
                MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD \
                SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS \
                VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL
                """
            ),
            (3, "BHD IQD JOD KWD LYD OMR TND"),
            (4, "CLF UYW"),
        ]
        var exponents: [String: Int] = [:]
        for (exponent, codes) in byExponent {
            for code in codes.split(separator: " ") { exponents[String(code)] = exponent }
        }
        return exponents
    }()
}

extension Currency: CustomStringConvertible {
    /// The alphabetic code.
    public var description: String { code }
}

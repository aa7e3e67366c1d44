/// An amount of money as the providers' JSON has it.
struct Amount: Codable, Hashable, Sendable {
    let currency: String
    let minorUnits: Int64

    enum CodingKeys: String, CodingKey {
        case currency
        case minorUnits = "minor_units"
    }
}

/// How a payment ends, as the outcome event tells it.
struct Outcome: Codable, Sendable, Hashable, CustomStringConvertible {
    let status: String
    /// Why the payment did not succeed; nil when it did.
    let reasonCode: String?

    enum CodingKeys: String, CodingKey {
        case status
        case reasonCode = "reason_code"
    }

    var description: String { reasonCode.map { "\(status) \($0)" } ?? status }
}

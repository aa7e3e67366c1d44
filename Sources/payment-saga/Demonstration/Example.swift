/// One line of an examples file: something to put on the topic of payment requests, and what has to come of it.
struct Example: Decodable, Sendable {
    /// A payment request without what each payment has of its own.
    struct Request: Codable, Sendable {
        struct Amount: Codable, Sendable {
            let currency: String
            let minorUnits: Int64

            enum CodingKeys: String, CodingKey {
                case currency
                case minorUnits = "minor_units"
            }
        }

        struct Method: Codable, Sendable {
            let type: String
            let token: String
        }

        let userID: String
        let merchantID: String
        let amount: Amount
        let paymentMethod: Method
        let metadata: [String: String]?

        enum CodingKeys: String, CodingKey {
            case userID = "user_id"
            case merchantID = "merchant_id"
            case amount
            case paymentMethod = "payment_method"
            case metadata
        }
    }

    enum Expectation: Sendable {
        case outcome(Outcome)
        /// The record is no valid request, and goes to the dead letters for this reason.
        case deadLetter(reason: String)
    }

    /// What the record's value is made of.
    enum Content: Sendable {
        case request(Request)
        case text(String)
    }

    /// How often it occurs among the payments, in proportion to the other examples.
    let weight: Int
    let content: Content
    let hasKey: Bool
    let expectation: Expectation

    private enum CodingKeys: String, CodingKey {
        case weight, request, value, keyed, expect
    }

    private enum ExpectationKeys: String, CodingKey {
        case deadLetter = "dead_letter"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        weight = try container.decodeIfPresent(Int.self, forKey: .weight) ?? 1
        hasKey = try container.decodeIfPresent(Bool.self, forKey: .keyed) ?? true
        if let text = try container.decodeIfPresent(String.self, forKey: .value) {
            content = .text(text)
        } else {
            content = .request(try container.decode(Request.self, forKey: .request))
        }
        let expected = try container.nestedContainer(keyedBy: ExpectationKeys.self, forKey: .expect)
        if let reason = try expected.decodeIfPresent(String.self, forKey: .deadLetter) {
            expectation = .deadLetter(reason: reason)
        } else {
            expectation = .outcome(try container.decode(Outcome.self, forKey: .expect))
        }
    }
}

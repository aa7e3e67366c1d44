import Hummingbird

/// What a caller asks the gateway to charge.
struct ChargeRequest: Decodable, Hashable, Sendable {
    let paymentID: String
    let amount: Amount
    let methodToken: String

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case amount
        case methodToken = "method_token"
    }
}

/// What the gateway knows of a charge.
struct Charge: ResponseEncodable, Hashable, Sendable {
    enum Status: String, Encodable { case accepted, voided, declined, refunded }

    /// The gateway's own id of the charge.
    let reference: String
    var status: Status
    /// Nil when the charge was voided before it was asked for.
    var request: ChargeRequest?

    enum CodingKeys: String, CodingKey { case reference, status }
}

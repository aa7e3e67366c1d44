import PaymentSaga

/// The body of `POST /gateway/charges`.
struct ChargeRequest: Encodable {
    let paymentID: String
    let amount: Amount
    let methodToken: String

    init(_ request: PaymentRequest) {
        paymentID = request.paymentID
        amount = request.amount
        methodToken = request.methodToken
    }

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case amount
        case methodToken = "method_token"
    }
}

/// The answer to a charge that was taken.
struct AcceptedCharge: Decodable {
    let reference: String
}

/// The answer to a charge that was declined.
struct Decline: Decodable {
    let reason: String?
}

/// The answer to `GET /gateway/charges/{payment_id}`.
struct ChargeStatus: Decodable {
    enum Status: String, Decodable { case accepted, voided, declined, refunded }

    let reference: String?
    let status: Status
    let reason: String?
}

import PaymentSaga

/// The body of `POST /fraud/assessments`.
struct AssessmentRequest: Encodable {
    let paymentID: String
    let amount: Amount
    let userID: String
    let methodToken: String

    init(_ request: PaymentRequest) {
        paymentID = request.paymentID
        amount = request.amount
        userID = request.userID
        methodToken = request.methodToken
    }

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case amount
        case userID = "user_id"
        case methodToken = "method_token"
    }
}

/// The answer to it.
struct Assessment: Decodable {
    let suspicious: Bool
    let score: Int
    let reason: String?
}

import Hummingbird

/// The fraud scoring provider.
struct FraudCheck: Sendable {
    struct AssessmentRequest: Decodable {
        let paymentID: String
        let amount: Amount
        let userID: String
        let methodToken: String

        enum CodingKeys: String, CodingKey {
            case paymentID = "payment_id"
            case amount
            case userID = "user_id"
            case methodToken = "method_token"
        }
    }

    struct Assessment: ResponseEncodable {
        let suspicious: Bool
        /// From 0, harmless, to 100.
        let score: Int
        let reason: String
    }

    func addRoutes(to router: some RouterMethods<BasicRequestContext>) {
        router.post("fraud/assessments") { request, context in
            let subject = try await request.providerBody(as: AssessmentRequest.self, context)
            return TestToken(method: subject.methodToken) == .fraud
                ? Assessment(suspicious: true, score: 95, reason: "the payment method was reported stolen")
                : Assessment(suspicious: false, score: 5, reason: "nothing unusual")
        }
    }
}

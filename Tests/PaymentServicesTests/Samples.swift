import Foundation
import Temporal
import Testing

@testable import PaymentSaga

extension PaymentRequest {
    /// Ten euros from `user-1` to `shop-1`.
    static func sample(
        _ id: String = "p-1", user: String = "user-1", merchant: String = "shop-1", currency: String = "EUR",
        minorUnits: Int64 = 10_00
    ) -> PaymentRequest {
        PaymentRequest(
            paymentID: id, userID: user, merchantID: merchant,
            amount: Amount(currency: currency, minorUnits: minorUnits), methodType: "card", methodToken: "tok_4711")
    }
}

extension OutcomeAnnouncement {
    static func sample(
        _ status: PaymentStatusView.Status = .succeeded, code: PaymentSaga.ReasonCode? = nil, reason: String = ""
    ) throws -> OutcomeAnnouncement {
        // As a worker gets it: the date went through JSON.
        let completedAt = try DataConverter.standard.decode(
            Date.self,
            from: DataConverter.standard.payload(encoding: Date(timeIntervalSince1970: 1_767_323_045.678_912)))
        let result = PaymentResult(
            status: status, reasonCode: code, reason: reason, gatewayReference: status == .succeeded ? "ch_1" : nil,
            completedAt: completedAt)
        return OutcomeAnnouncement(request: .sample(), result: result)
    }
}

/// Expects an `ApplicationFailure` whose text gives nothing away, and returns it.
@discardableResult
func expectFailure(
    _ type: String, isNonRetryable: Bool, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async throws -> ApplicationFailure {
    let failure = try await #require(throws: ApplicationFailure.self, sourceLocation: sourceLocation) {
        try await body()
    }
    #expect(failure.type == type, sourceLocation: sourceLocation)
    #expect(failure.isNonRetryable == isNonRetryable, sourceLocation: sourceLocation)
    for secret in ["tok_4711", "user-1", "http://", "127.0.0.1"] {
        #expect(!"\(failure)".contains(secret), sourceLocation: sourceLocation)
    }
    return failure
}

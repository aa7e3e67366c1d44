public import AsyncHTTPClient
public import PaymentSaga
import Temporal

/// The fraud check, by its HTTP interface. An assessment changes nothing, so it is repeated freely.
public struct FraudClient: Sendable {
    private let endpoint: ProviderEndpoint
    private let timeout: Duration

    /// - Parameters:
    ///   - url: Where `/fraud/assessments` is found.
    ///   - httpClient: Shared with others; it stays the caller's to shut down.
    ///   - timeout: The limit for one assessment.
    /// - Throws: ``ServiceURLError``.
    public init(url: String, httpClient: HTTPClient, timeout: Duration = .seconds(5)) throws(ServiceURLError) {
        endpoint = try ProviderEndpoint(service: "the fraud check", url: url, client: httpClient)
        self.timeout = timeout
    }

    /// Scores a payment's risk.
    /// - Throws: `ApplicationFailure` ``ServiceFailure/fraudCheckUnavailable`` for anything but a readable assessment
    ///   with a score of 0 to 100, for another attempt; `CancellationError`.
    public func assess(_ request: PaymentRequest) async throws -> FraudAssessment {
        let answer: ProviderAnswer
        do {
            answer = try await endpoint.post(["fraud", "assessments"], AssessmentRequest(request), timeout: timeout)
        } catch let error as NoAnswer {
            throw unavailable("\(error), when asked about payment \(request.paymentID)", error.retryAfter)
        }
        guard answer.status == 200 else {
            throw unavailable("the fraud check answered \(answer.status) about payment \(request.paymentID)")
        }
        guard let assessment = answer.decoded(Assessment.self), (0...100).contains(assessment.score) else {
            throw unavailable("the fraud check's answer about payment \(request.paymentID) can't be read")
        }
        return FraudAssessment(
            isSuspicious: assessment.suspicious, score: assessment.score,
            reason: ProviderText.clean(assessment.reason ?? "", of: request))
    }

    private func unavailable(_ message: String, _ retryAfter: Duration? = nil) -> ApplicationFailure {
        ApplicationFailure(message, type: ServiceFailure.fraudCheckUnavailable, nextRetryDelay: retryAfter)
    }
}

public import AsyncHTTPClient
import PaymentSaga
import Temporal

/// Asks the gateway what became of payments, for comparison only.
public struct ChargeInquiry: Sendable {
    /// What the gateway says of a payment.
    enum Answer: String, Sendable {
        case accepted, declined, voided
        /// The gateway gave the money back after all.
        case refunded
        /// It never heard of it.
        case unknown
    }

    private struct Charge: Decodable {
        let status: String
    }

    private let endpoint: ProviderEndpoint
    private let timeout: Duration

    /// - Parameters:
    ///   - url: Where `/gateway/charges` is found.
    ///   - httpClient: Shared with others; it stays the caller's to shut down.
    ///   - timeout: The limit for one call.
    /// - Throws: ``ServiceURLError``.
    public init(url: String, httpClient: HTTPClient, timeout: Duration = .seconds(5)) throws(ServiceURLError) {
        endpoint = try ProviderEndpoint(service: "the gateway", url: url, client: httpClient)
        self.timeout = timeout
    }

    /// - Throws: `ApplicationFailure` `GatewayFailure.unavailable`, for another attempt; `CancellationError`.
    func status(of paymentID: String) async throws -> Answer {
        let problem: String
        do {
            let answer = try await endpoint.get(["gateway", "charges", paymentID], timeout: timeout)
            if answer.status == 404 { return .unknown }
            if answer.status == 200, let status = answer.decoded(Charge.self).flatMap({ Answer(rawValue: $0.status) }) {
                return status
            }
            problem = "the gateway answered \(answer.status)"
        } catch let error as NoAnswer {
            problem = "\(error)"
        }
        throw ApplicationFailure(
            "\(problem), when asked for payment \(paymentID)", type: GatewayFailure.unavailable)
    }
}

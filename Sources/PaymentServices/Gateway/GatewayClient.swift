public import AsyncHTTPClient
public import PaymentSaga
import Temporal

/// The payment gateway, by its HTTP interface. The payment id is the idempotency key of everything.
///
/// An answer that is lost (a time-out, a broken connection, a server error, an answer that can't be read) leaves open
/// whether the gateway took the charge. Then the gateway is asked before anything is decided: neither is a failure
/// assumed, nor a charge repeated.
public struct GatewayClient: Sendable {
    private let endpoint: ProviderEndpoint
    private let submissionTimeout: Duration
    private let inquiryTimeout: Duration

    /// - Parameters:
    ///   - url: Where `/gateway/charges` is found.
    ///   - httpClient: Shared with others; it stays the caller's to shut down.
    ///   - submissionTimeout: The limit for submitting and voiding.
    ///   - inquiryTimeout: The limit for asking what became of a charge. An attempt to submit asks twice at most, so
    ///     it takes up to the submission's limit and twice this.
    /// - Throws: ``ServiceURLError``.
    public init(
        url: String, httpClient: HTTPClient, submissionTimeout: Duration = .seconds(5),
        inquiryTimeout: Duration = .seconds(3)
    ) throws(ServiceURLError) {
        endpoint = try ProviderEndpoint(service: "the gateway", url: url, client: httpClient)
        self.submissionTimeout = submissionTimeout
        self.inquiryTimeout = inquiryTimeout
    }

    /// Hands the payment to the gateway.
    /// - Parameters:
    ///   - request: The payment.
    ///   - attempt: From 1. Later attempts ask first what became of the earlier ones.
    /// - Returns: The gateway's reference, the same for every attempt.
    /// - Throws: `ApplicationFailure`: `GatewayFailure.declined` with the gateway's reason and
    ///   ``ServiceFailure/gatewayConflict``, both final; `GatewayFailure.unavailable`, for another attempt.
    ///   `CancellationError`.
    public func submit(_ request: PaymentRequest, attempt: Int = 1) async throws -> GatewaySubmission {
        if attempt > 1, let submission = try await inquire(request) { return submission }
        let answer: ProviderAnswer
        do {
            answer = try await endpoint.post(
                ["gateway", "charges"], ChargeRequest(request), idempotencyKey: request.paymentID,
                timeout: submissionTimeout)
        } catch let error as NoAnswer {
            return try await resolve(request, after: "\(error)")
        }
        switch answer.status {
        case 200, 201:
            guard let charge = answer.decoded(AcceptedCharge.self), !charge.reference.isEmpty else {
                return try await resolve(request, after: "the gateway's answer \(answer.status) can't be read")
            }
            return GatewaySubmission(reference: charge.reference)
        case 402:
            throw declined(request, answer.decoded(Decline.self)?.reason)
        case 409:
            throw conflict(request, "it was voided, or submitted with other content")
        default:
            return try await resolve(request, after: "the gateway answered \(answer.status)")
        }
    }

    /// Makes the gateway forget the payment, also when it never heard of it or did so already.
    /// - Throws: `ApplicationFailure` `GatewayFailure.unavailable`, for another attempt; `CancellationError`.
    public func void(_ request: PaymentRequest) async throws {
        let path = ["gateway", "charges", request.paymentID, "void"]
        do {
            let answer = try await endpoint.post(path, VoidRequest(), timeout: submissionTimeout)
            guard (200...299).contains(answer.status) else {
                throw unavailable("the gateway answered \(answer.status) when payment \(request.paymentID) was voided")
            }
        } catch let error as NoAnswer {
            throw unavailable("\(error), when payment \(request.paymentID) was voided")
        }
    }

    /// Settles an unknown result by asking.
    private func resolve(_ request: PaymentRequest, after problem: String) async throws -> GatewaySubmission {
        if let submission = try await inquire(request) { return submission }
        throw unavailable("\(problem); it has no charge for payment \(request.paymentID)")
    }

    /// - Returns: Nil when the gateway never took the charge.
    private func inquire(_ request: PaymentRequest) async throws -> GatewaySubmission? {
        let answer: ProviderAnswer
        do {
            answer = try await endpoint.get(["gateway", "charges", request.paymentID], timeout: inquiryTimeout)
        } catch let error as NoAnswer {
            throw unavailable("\(error), when asked for payment \(request.paymentID)")
        }
        if answer.status == 404 { return nil }
        guard answer.status == 200, let charge = answer.decoded(ChargeStatus.self) else {
            throw unavailable("the gateway answered \(answer.status) when asked for payment \(request.paymentID)")
        }
        switch (charge.status, charge.reference) {
        case (.accepted, let reference?) where !reference.isEmpty:
            return GatewaySubmission(reference: reference)
        case (.accepted, _):
            throw unavailable("the gateway gave no reference when asked for payment \(request.paymentID)")
        case (.declined, _):
            throw declined(request, charge.reason)
        case (.voided, _):
            throw conflict(request, "it was voided")
        }
    }

    private func declined(_ request: PaymentRequest, _ reason: String?) -> ApplicationFailure {
        let text = ProviderText.clean(reason ?? "", of: request)
        return ApplicationFailure(
            text.isEmpty ? "the gateway declined the payment" : text, type: GatewayFailure.declined,
            isNonRetryable: true)
    }

    private func conflict(_ request: PaymentRequest, _ reason: String) -> ApplicationFailure {
        ApplicationFailure(
            "the gateway refuses payment \(request.paymentID): \(reason)", type: ServiceFailure.gatewayConflict,
            isNonRetryable: true)
    }

    private func unavailable(_ message: String) -> ApplicationFailure {
        ApplicationFailure(message, type: GatewayFailure.unavailable)
    }
}

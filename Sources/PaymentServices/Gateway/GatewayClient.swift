public import AsyncHTTPClient
public import PaymentSaga
import Temporal

/// The payment gateway, by its HTTP interface. The payment id is the idempotency key of everything.
///
/// An answer that is lost (a time-out, a broken connection, a server error, an answer that can't be read) leaves open
/// whether the gateway took the charge. Then the gateway is asked before anything is decided: neither is a failure
/// assumed, nor a charge repeated.
///
/// A gateway that keeps failing is not called for a while: calls fail at once, and say when another attempt is of use.
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
    /// - Returns: Whether the gateway took the charge, with the same reference for every attempt; `.unknown` when its answer was lost and
    ///   asking for it failed.
    /// - Throws: `ApplicationFailure` `GatewayFailure.unavailable`, for another attempt; `CancellationError`.
    public func submit(_ request: PaymentRequest, attempt: Int = 1) async throws -> GatewayResult {
        if attempt > 1 {
            let earlier = try await find(request)
            guard case .absent = earlier else { return earlier }
        }
        let answer: ProviderAnswer
        do {
            answer = try await endpoint.post(
                ["gateway", "charges"], ChargeRequest(request), idempotencyKey: request.paymentID,
                timeout: submissionTimeout)
        } catch let error as NoAnswer {
            guard error.wasSent else { throw unavailable("\(error)", error.retryAfter) }
            return try await resolve(request, after: "\(error)")
        }
        switch answer.status {
        case 200, 201:
            guard let charge = answer.decoded(AcceptedCharge.self), !charge.reference.isEmpty else {
                return try await resolve(request, after: "the gateway's answer \(answer.status) can't be read")
            }
            return .accepted(reference: charge.reference)
        case 402:
            return declined(request, answer.decoded(Decline.self)?.reason)
        case 409:
            return .declined(reason: "the gateway has voided the payment, or has it with other content")
        default:
            return try await resolve(request, after: "the gateway answered \(answer.status)")
        }
    }

    /// Asks the gateway what became of a payment until it knows.
    /// - Parameters:
    ///   - request: The payment.
    ///   - pause: Between two questions.
    ///   - heartbeat: Called before each of them.
    /// - Returns: Anything but `.unknown`.
    /// - Throws: `CancellationError`.
    public func inquire(
        _ request: PaymentRequest, pause: Duration = .seconds(2), heartbeat: () async -> Void
    ) async throws -> GatewayResult {
        while true {
            await heartbeat()
            do {
                return try await find(request)
            } catch let failure as ApplicationFailure {
                try await Task.sleep(for: failure.nextRetryDelay ?? pause)
            }
        }
    }

    /// Makes the gateway forget the payment, also when it never heard of it or did so already.
    /// - Throws: `ApplicationFailure` `GatewayFailure.unavailable`, for another attempt; `CancellationError`.
    public func void(_ request: PaymentRequest) async throws { try await undo(request, by: "void") }

    /// Has the gateway give back what it took for the payment, also when it took nothing or gave it back already.
    /// - Throws: As ``void(_:)``.
    public func refund(_ request: PaymentRequest) async throws { try await undo(request, by: "refund") }

    private func undo(_ request: PaymentRequest, by action: String) async throws {
        let what = "when asked to \(action) payment \(request.paymentID)"
        do {
            let answer = try await endpoint.post(
                ["gateway", "charges", request.paymentID, action], UndoRequest(), timeout: submissionTimeout)
            guard (200...299).contains(answer.status) else {
                throw unavailable("the gateway answered \(answer.status) \(what)")
            }
        } catch let error as NoAnswer {
            throw unavailable("\(error), \(what)", error.retryAfter)
        }
    }

    /// Settles an unknown result by asking, once.
    private func resolve(_ request: PaymentRequest, after problem: String) async throws -> GatewayResult {
        let result: GatewayResult
        do {
            result = try await find(request)
        } catch let failure as ApplicationFailure {
            return .unknown(reason: "\(problem); \(failure.message)")
        }
        guard case .absent = result else { return result }
        throw unavailable("\(problem); it has no charge for payment \(request.paymentID)")
    }

    /// Asks once.
    /// - Throws: `ApplicationFailure` `GatewayFailure.unavailable` when there is no usable answer; `CancellationError`.
    private func find(_ request: PaymentRequest) async throws -> GatewayResult {
        let what = "when asked for payment \(request.paymentID)"
        let answer: ProviderAnswer
        do {
            answer = try await endpoint.get(["gateway", "charges", request.paymentID], timeout: inquiryTimeout)
        } catch let error as NoAnswer {
            throw unavailable("\(error), \(what)", error.retryAfter)
        }
        if answer.status == 404 { return .absent }
        guard answer.status == 200, let charge = answer.decoded(ChargeStatus.self) else {
            throw unavailable("the gateway answered \(answer.status) \(what)")
        }
        switch (charge.status, charge.reference) {
        case (.accepted, let reference?) where !reference.isEmpty: return .accepted(reference: reference)
        case (.accepted, _): throw unavailable("the gateway gave no reference \(what)")
        case (.declined, _): return declined(request, charge.reason)
        case (.voided, _), (.refunded, _): return .declined(reason: "the gateway has voided the payment")
        }
    }

    private func declined(_ request: PaymentRequest, _ reason: String?) -> GatewayResult {
        let text = ProviderText.clean(reason ?? "", of: request)
        return .declined(reason: text.isEmpty ? "the gateway declined the payment" : text)
    }

    private func unavailable(_ message: String, _ retryAfter: Duration? = nil) -> ApplicationFailure {
        ApplicationFailure(message, type: GatewayFailure.unavailable, nextRetryDelay: retryAfter)
    }
}

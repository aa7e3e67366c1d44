public import AsyncHTTPClient
public import PaymentSaga
import Temporal

/// The carrier, by its HTTP interface. The order id is the idempotency key, so a call whose answer was lost is simply made again.
public struct ShippingClient: Sendable {
    private let endpoint: ProviderEndpoint
    private let timeout: Duration
    private let pollInterval: Duration

    /// - Parameters:
    ///   - url: Where `/shipping/shipments` is found.
    ///   - httpClient: Shared with others; it stays the caller's to shut down.
    ///   - timeout: The limit for one call.
    ///   - pollInterval: How long to wait before asking again whether a shipment is ready.
    /// - Throws: ``ServiceURLError``.
    public init(
        url: String, httpClient: HTTPClient, timeout: Duration = .seconds(5), pollInterval: Duration = .seconds(1)
    ) throws(ServiceURLError) {
        endpoint = try ProviderEndpoint(service: "the carrier", url: url, client: httpClient)
        self.timeout = timeout
        self.pollInterval = pollInterval
    }

    /// Has an order shipped, and returns when the carrier has it.
    /// - Parameter isAlive: Called after each answer of the carrier, that it goes on.
    /// - Returns: The carrier's reference, the same for every attempt.
    /// - Throws: `ApplicationFailure`: `OrderFailure.shipmentRefused`, final; ``ServiceFailure/shippingUnavailable``, for
    ///   another attempt. `CancellationError`.
    public func create(_ order: Order, isAlive: () async -> Void) async throws -> OrderReference {
        var answer = try await endpoint.order(order, ["shipping", "shipments"], timeout, unavailable)
        while true {
            let shipment = try shipment(answer)
            switch shipment.status {
            case .ready: return OrderReference(reference: shipment.reference)
            case .cancelled: throw refused("it was cancelled")
            case .preparing: break
            }
            await isAlive()
            try await Task.sleep(for: pollInterval)
            do {
                answer = try await endpoint.get(["shipping", "shipments", order.orderID], timeout: timeout)
            } catch let error as NoAnswer {
                throw unavailable("\(error), when asked for order \(order.orderID)")
            }
        }
    }

    /// Stops an order's shipment, also when there is none.
    /// - Throws: `ApplicationFailure` ``ServiceFailure/shippingUnavailable``, for another attempt; `CancellationError`.
    public func cancel(_ order: Order) async throws {
        try await endpoint.undo(["shipping", "shipments", order.orderID, "cancel"], timeout, unavailable)
    }

    private func shipment(_ answer: ProviderAnswer) throws -> ShipmentAnswer {
        switch answer.status {
        case 200...202:
            guard let shipment = answer.decoded(ShipmentAnswer.self), !shipment.reference.isEmpty else {
                throw unavailable("the carrier's answer \(answer.status) can't be read")
            }
            return shipment
        case 400, 409, 422:
            throw refused(answer.decoded(RefusalAnswer.self)?.reason ?? "it gave no reason")
        default:
            throw unavailable("the carrier answered \(answer.status)")
        }
    }

    private func refused(_ reason: String) -> ApplicationFailure {
        ApplicationFailure(
            "the carrier refused the shipment: \(reason)", type: OrderFailure.shipmentRefused, isNonRetryable: true)
    }

    private func unavailable(_ message: String) -> ApplicationFailure {
        ApplicationFailure(message, type: ServiceFailure.shippingUnavailable)
    }
}

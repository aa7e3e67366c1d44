public import AsyncHTTPClient
public import PaymentSaga
import Temporal

/// The inventory, by its HTTP interface. The order id is the idempotency key, so a call whose answer was lost is simply made again.
public struct InventoryClient: Sendable {
    private let endpoint: ProviderEndpoint
    private let timeout: Duration

    /// - Parameters:
    ///   - url: Where `/inventory/reservations` is found.
    ///   - httpClient: Shared with others; it stays the caller's to shut down.
    ///   - timeout: The limit for one call.
    /// - Throws: ``ServiceURLError``.
    public init(url: String, httpClient: HTTPClient, timeout: Duration = .seconds(5)) throws(ServiceURLError) {
        endpoint = try ProviderEndpoint(service: "the inventory", url: url, client: httpClient)
        self.timeout = timeout
    }

    /// Sets an order's items aside.
    /// - Returns: The inventory's reference, the same for every attempt.
    /// - Throws: `ApplicationFailure`: `OrderFailure.outOfStock` and `OrderFailure.invalid`, both final;
    ///   ``ServiceFailure/inventoryUnavailable``, for another attempt. `CancellationError`.
    public func reserve(_ order: Order) async throws -> OrderReference {
        let answer = try await endpoint.order(order, ["inventory", "reservations"], timeout, unavailable)
        switch answer.status {
        case 200, 201:
            guard let reservation = answer.decoded(ReservationAnswer.self), !reservation.reference.isEmpty else {
                throw unavailable("the inventory's answer \(answer.status) can't be read")
            }
            return OrderReference(reference: reservation.reference)
        case 400, 409, 422:
            let refusal = answer.decoded(RefusalAnswer.self)
            throw ApplicationFailure(
                "the inventory refused the order: \(refusal?.reason ?? "it gave no reason")",
                type: refusal?.error == "out_of_stock" ? OrderFailure.outOfStock : OrderFailure.invalid,
                isNonRetryable: true)
        default:
            throw unavailable("the inventory answered \(answer.status)")
        }
    }

    /// Gives an order's items back, also when none were set aside.
    /// - Throws: `ApplicationFailure` ``ServiceFailure/inventoryUnavailable``, for another attempt; `CancellationError`.
    public func release(_ order: Order) async throws {
        try await endpoint.undo(
            ["inventory", "reservations", order.orderID, "release"], timeout, unavailable)
    }

    private func unavailable(_ message: String) -> ApplicationFailure {
        ApplicationFailure(message, type: ServiceFailure.inventoryUnavailable)
    }
}

extension ProviderEndpoint {
    /// Hands an order over, with its id as idempotency key.
    func order(
        _ order: Order, _ path: [String], _ timeout: Duration, _ unavailable: (String) -> ApplicationFailure
    ) async throws -> ProviderAnswer {
        do {
            return try await post(path, OrderRequest(order), idempotencyKey: order.orderID, timeout: timeout)
        } catch let error as NoAnswer {
            throw unavailable("\(error), when handed order \(order.orderID)")
        }
    }

    /// Undoes something; whatever is not a success is to be tried again.
    func undo(
        _ path: [String], _ timeout: Duration, _ unavailable: (String) -> ApplicationFailure
    ) async throws {
        do {
            let answer = try await post(path, UndoRequest(), timeout: timeout)
            guard (200...299).contains(answer.status) else {
                throw unavailable("\(service) answered \(answer.status) to \(path.joined(separator: "/"))")
            }
        } catch let error as NoAnswer {
            throw unavailable("\(error), at \(path.joined(separator: "/"))")
        }
    }
}

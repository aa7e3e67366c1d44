import Foundation
import Hummingbird
import Logging
import PaymentEvents
import ServiceLifecycle
import SwiftProtobuf

/// The payment gateway: charges by HTTP, confirmations by Kafka some time later.
struct Gateway: Sendable {
    let charges = ChargeBook()
    let outbox: ConfirmationOutbox
    let lateAnswerDelay: Duration
    let lateConfirmationDelay: Duration
    let logger: Logger

    func addRoutes(to router: some RouterMethods<BasicRequestContext>) {
        let charges = router.group("gateway/charges")
        charges.post { try await self.charge($0, $1) }
        charges.get(":id") { try await self.find($0, $1) }
        charges.post(":id/void") { try await self.void($0, $1) }
        charges.post(":id/refund") { try await self.refund($0, $1) }
    }

    private func charge(_ request: Request, _ context: BasicRequestContext) async throws -> EditedResponse<Charge> {
        let key = try request.idempotencyKey()
        let order = try await request.providerBody(as: ChargeRequest.self, context)
        guard PaymentID.isValid(order.paymentID), order.paymentID == key else {
            throw ProviderRefusal(
                .badRequest, "invalid_request",
                "payment_id must be 1 to 64 of [A-Za-z0-9._-], and the Idempotency-Key must repeat it")
        }
        guard order.amount.minorUnits > 0 else {
            throw ProviderRefusal(.badRequest, "invalid_request", "amount.minor_units must be above 0")
        }
        switch await charges.submit(order) {
        case .accepted(let charge):
            await confirmLater(order)
            logger.debug("charge accepted", metadata: ["payment_id": "\(order.paymentID)"])
            if TestToken(method: order.methodToken) == .timeoutAfterAccept {
                await waitForLateAnswer()
            }
            return EditedResponse(status: .created, response: charge)
        case .repeated(let charge):
            return EditedResponse(status: .ok, response: charge)
        case .declined:
            let paymentRequired = HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required")
            throw ProviderRefusal(paymentRequired, "declined", "the issuer declined the charge")
        case .unavailable:
            throw ProviderRefusal(.serviceUnavailable, "unavailable", "the gateway is overloaded; try again")
        case .conflict:
            throw ProviderRefusal(.conflict, "idempotency_conflict", "the payment was charged with other particulars")
        case .voided:
            throw ProviderRefusal(.conflict, "voided", "the payment was voided")
        }
    }

    private func find(_ request: Request, _ context: BasicRequestContext) async throws -> Charge {
        guard let charge = await charges.charge(of: try context.paymentID()) else {
            throw ProviderRefusal(.notFound, "not_found", "no charge of this payment is known")
        }
        return charge
    }

    private func void(_ request: Request, _ context: BasicRequestContext) async throws -> Charge {
        await charges.void(try context.paymentID())
    }

    private func refund(_ request: Request, _ context: BasicRequestContext) async throws -> Charge {
        await charges.refund(try context.paymentID())
    }

    /// Ends early when the simulators end.
    private func waitForLateAnswer() async {
        try? await cancelWhenGracefulShutdown { [lateAnswerDelay] in try await Task.sleep(for: lateAnswerDelay) }
    }

    private func confirmLater(_ order: ChargeRequest) async {
        let token = TestToken(method: order.methodToken)
        guard token != .silent else { return }
        await outbox.add(order.paymentID, after: token == .late ? lateConfirmationDelay : nil) { [charges] in
            guard let charge = await charges.charge(of: order.paymentID),
                charge.status == .accepted || token == .late
            else { return nil }
            return .with {
                $0.confirmationID = "\(charge.reference)-confirmation"
                $0.paymentID = order.paymentID
                $0.gatewayReference = charge.reference
                $0.status = token == .confirmDeclined ? .declined : .approved
                $0.reason = token == .confirmDeclined ? "the issuer declined the charge on review" : ""
                $0.occurredAt = Google_Protobuf_Timestamp(date: Date())
            }
        }
    }
}

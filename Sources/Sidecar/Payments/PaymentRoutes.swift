import Foundation
import HTTPTypes
import Hummingbird
import Logging
import PaymentEvents
import PaymentSaga

/// The calls about payments.
struct PaymentRoutes: Sendable {
    let directory: any PaymentDirectory
    let publisher: any PaymentPublisher

    func show(_ request: Request, _ context: SidecarContext) async throws -> EditedResponse<PaymentReport> {
        let id = try context.paymentID()
        guard let report = try await directory.report(on: id) else { throw Self.unknown(id) }
        return EditedResponse(headers: [.cacheControl: "no-store"], response: report)
    }

    func submit(_ request: Request, _ context: SidecarContext) async throws -> EditedResponse<Acceptance> {
        try request.requireJSON()
        let payment = try PaymentSubmission.read(
            try await request.limitedBody(), idempotencyKey: request.headers[.idempotencyKey], receivedAt: Date())
        do {
            try await publisher.publish(payment, traceparent: request.headers[.traceparent])
        } catch let error as DependencyUnavailableError {
            context.logger.warning("\(error)", metadata: ["payment_id": "\(payment.paymentID)"])
            throw Self.unpublished(payment.paymentID)
        }
        context.logger.debug("payment requested", metadata: ["payment_id": "\(payment.paymentID)"])
        return Self.accepted(payment.paymentID, .pending)
    }

    func cancel(_ request: Request, _ context: SidecarContext) async throws -> EditedResponse<Acceptance> {
        let id = try context.paymentID()
        let cancellation = try await CancellationBody.read(request, paymentID: id)
        guard let report = try await directory.report(on: id) else { throw Self.unknown(id) }
        try Self.refuseIfTooLate(report)
        guard try await directory.cancel(id, cancellation) else {
            // It ended in the meantime.
            guard let report = try await directory.report(on: id) else { throw Self.unknown(id) }
            try Self.refuseIfTooLate(report)
            throw Problem(.conflict, "the payment is ending; ask for its status")
        }
        context.logger.info("cancellation requested", metadata: ["payment_id": "\(id)"])
        return Self.accepted(id, report.status)
    }

    /// The answer to a call that was taken on.
    struct Acceptance: ResponseEncodable {
        let paymentID: String
        let status: PaymentStatusView.Status

        enum CodingKeys: String, CodingKey {
            case paymentID = "payment_id"
            case status
        }
    }

    private static func accepted(_ id: String, _ status: PaymentStatusView.Status) -> EditedResponse<Acceptance> {
        EditedResponse(
            status: .accepted, headers: [.location: "/v1/payments/\(id)"],
            response: Acceptance(paymentID: id, status: status))
    }

    private static func refuseIfTooLate(_ report: PaymentReport) throws {
        guard let reason = report.reasonAgainstCancelling else { return }
        var problem = Problem(.conflict, "\(reason); it can no longer be cancelled")
        problem.paymentID = report.paymentID
        problem.state = report.status.rawValue
        throw problem
    }

    private static func unknown(_ id: String) -> Problem {
        var problem = Problem(.notFound, "no payment of this id is known (one just requested may take a moment)")
        problem.paymentID = id
        return problem
    }

    private static func unpublished(_ id: String) -> Problem {
        var problem = Problem(
            .serviceUnavailable,
            "Kafka did not acknowledge the payment request, which may have been stored nonetheless: "
                + "repeat the call with this payment_id, or the same Idempotency-Key")
        problem.paymentID = id
        problem.headers[.retryAfter] = "5"
        return problem
    }
}

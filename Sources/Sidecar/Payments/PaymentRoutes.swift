import Foundation
import HTTPTypes
import Hummingbird
import Logging
import PaymentEvents
import PaymentSaga

/// The calls about payments.
struct PaymentRoutes: Sendable {
    let directory: any PaymentDirectory
    let reports: PaymentReports
    let requested: RequestedPayments
    let pages: PaymentPages
    let desk: StatisticsDesk
    let publisher: any PaymentPublisher

    init(
        directory: any PaymentDirectory, reports: PaymentReports, requested: RequestedPayments,
        publisher: any PaymentPublisher
    ) {
        self.directory = directory
        self.reports = reports
        self.requested = requested
        self.publisher = publisher
        pages = PaymentPages(directory: directory, reports: reports)
        desk = StatisticsDesk(directory: directory)
    }

    func show(_ request: Request, _ context: SidecarContext) async throws -> EditedResponse<PaymentReport> {
        let id = try context.paymentID()
        guard let report = try await reports.report(on: id) else { throw Problem.unknownPayment(id) }
        let age = max(0, Int(Date().timeIntervalSince(report.asOf)))
        return EditedResponse(headers: [.cacheControl: "no-store", .age: "\(age)"], response: report)
    }

    func list(_ request: Request, _ context: SidecarContext) async throws -> EditedResponse<PaymentPage> {
        let query = try PaymentListQuery(request)
        do {
            let page = try await pages.page(query, now: Date())
            return EditedResponse(headers: [.cacheControl: "no-store"], response: page)
        } catch let error as UnknownFilterError {
            throw Problem(
                .notImplemented,
                "payments cannot be searched by \(error.parameter) here: Temporal's namespace lacks the search attribute",
                field: error.parameter)
        }
    }

    func statistics(
        _ request: Request, _ context: SidecarContext
    ) async throws -> EditedResponse<PaymentStatistics> {
        EditedResponse(headers: [.cacheControl: "no-store"], response: try await desk.statistics())
    }

    func submit(_ request: Request, _ context: SidecarContext) async throws -> EditedResponse<Acceptance> {
        try request.requireJSON()
        let (payment, isNew) = try PaymentSubmission.read(
            try await request.limitedBody(), idempotencyKey: request.headers[.idempotencyKey], receivedAt: Date())
        let isKnown = isNew ? false : try await isRepetition(payment)
        do {
            try await publisher.publish(payment)
        } catch let error as DependencyUnavailableError {
            context.logger.warning("\(error)", metadata: ["payment_id": "\(payment.paymentID)"])
            throw Self.unpublished(payment.paymentID)
        }
        // One that Temporal knows tells of itself, and may have ended.
        if !isKnown { requested.note(payment, at: .now) }
        context.logger.debug("payment requested", metadata: ["payment_id": "\(payment.paymentID)"])
        return Self.accepted(payment.paymentID, .pending)
    }

    /// Tells the caller at once what the bridge would find out later: that the id belongs to another payment.
    ///
    /// - Returns: Whether Temporal knows this payment.
    private func isRepetition(_ payment: PaymentRequested) async throws -> Bool {
        let digest = try ContentDigest(of: payment).text
        // While neither Temporal nor the requests tell of it, it is taken all the same; the bridge looks again in any case.
        let known = try? await directory.requestDigest(of: payment.paymentID)
        guard let first = known ?? requested.digest(of: payment.paymentID), first != digest else { return known != nil }
        var problem = Problem(
            .conflict, "this payment_id, or Idempotency-Key, belongs to an earlier request with other contents")
        problem.paymentID = payment.paymentID
        throw problem
    }

    func cancel(_ request: Request, _ context: SidecarContext) async throws -> EditedResponse<Acceptance> {
        let id = try context.paymentID()
        let event = try await CancellationBody.read(request, paymentID: id)
        let cancellation = Cancellation(requestedBy: event.requestedBy, reason: event.reason)
        guard let report = try await reports.newReport(on: id) else { throw Problem.unknownPayment(id) }
        try Self.refuseIfTooLate(report)
        let answer = try await directory.cancel(id, cancellation)
        await reports.forget(id)
        switch answer {
        case .accepted: break
        case .tooLate(let reason):
            let state = try await reports.newReport(on: id)?.status ?? report.status
            throw Self.tooLate(id, reason, state)
        case .notFound:
            // It ended in the meantime, or has not begun, or has begun just now.
            guard let report = try await reports.newReport(on: id) else { throw Problem.unknownPayment(id) }
            try Self.refuseIfTooLate(report)
            guard report.status == .pending else {
                try await cancelBegun(report, cancellation)
                break
            }
            // The bridge holds it until it has started the payment.
            try await publisher.publish(event)
        }
        context.logger.info("cancellation requested", metadata: ["payment_id": "\(id)"])
        return Self.accepted(id, report.status)
    }

    private func cancelBegun(_ report: PaymentReport, _ cancellation: Cancellation) async throws {
        let id = report.paymentID
        let answer = try await directory.cancel(id, cancellation)
        await reports.forget(id)
        switch answer {
        case .accepted: break
        case .tooLate(let reason): throw Self.tooLate(id, reason, report.status)
        case .notFound: throw Self.tooLate(id, "the payment is ending", report.status)
        }
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
        throw tooLate(report.paymentID, reason, report.status)
    }

    private static func tooLate(_ id: String, _ reason: String, _ state: PaymentStatusView.Status) -> Problem {
        var problem = Problem(.conflict, "\(reason); it can no longer be cancelled")
        problem.paymentID = id
        problem.state = state.rawValue
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

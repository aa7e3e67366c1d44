import Foundation
import HTTPTypes
import Hummingbird
import PaymentSaga
import ServiceLifecycle

/// Follows payments.
struct StreamRoutes: Sendable {
    private static let eventName = "status"

    let reports: PaymentReports
    let feed: PaymentFeed

    /// The changes of a payment as server-sent events, until it has ended.
    func follow(_ request: Request, _ context: SidecarContext) async throws -> Response {
        let id = try context.paymentID()
        guard let report = try await reports.report(on: id) else { throw Problem.unknownPayment(id) }
        let lastID = request.headers[.lastEventID]
        // A client that comes back for more is told by this to stay away.
        guard !(report.status.isTerminal && lastID == report.eventID) else { return Response(status: .noContent) }
        guard request.method != .head else { return Self.response(ResponseBody()) }
        guard let events = await feed.subscribe(from: report) else {
            var problem = Problem(
                .serviceUnavailable, "too many clients follow payments already; ask for the status instead")
            problem.headers[.retryAfter] = "10"
            throw problem
        }
        let encoder = context.responseEncoder
        return Self.response(
            ResponseBody { writer in
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    for await event in events.cancelOnGracefulShutdown() {
                        switch event {
                        case .heartbeat: try await writer.write(ServerSentEvent.heartbeat)
                        case .report(let report) where report.eventID == lastID: break
                        case .report(let report):
                            try await writer.write(
                                ServerSentEvent.message(
                                    Self.eventName, id: report.eventID, data: encoder.encode(report)))
                        }
                    }
                }
                try await writer.finish(nil)
            })
    }

    private static func response(_ body: ResponseBody) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: ServerSentEvent.contentType, .cacheControl: "no-store",
                // Looking out for a client that leaves takes the connection.
                .connection: "close",
                // What Nginx and its kind would hold back otherwise.
                HTTPField.Name("X-Accel-Buffering")!: "no",
            ], body: body)
    }
}

import Hummingbird
import PaymentEvents

/// Reads the body of a wish to cancel, which may be left out.
enum CancellationBody {
    private static let defaultRequester = "http-api"

    /// - Throws: ``Problem``, which names the field.
    static func read(_ request: Request, paymentID: String) async throws -> CancellationRequested {
        var event = CancellationRequested()
        let body = try await request.limitedBody()
        if !body.isEmpty {
            try request.requireJSON()
            do {
                event = try EventCodec.decode(from: body, headers: [])
            } catch {
                let field = EventFieldFinder<CancellationRequested>.unreadableField(of: body)
                throw Problem(.badRequest, "the body must be {\"requested_by\": …, \"reason\": …}", field: field)
            }
        }
        event.paymentID = paymentID
        if event.requestedBy.isEmpty { event.requestedBy = defaultRequester }
        do {
            try event.validate()
        } catch {
            throw Problem(.unprocessableContent, "\(error.field) \(error.found): it \(error.rule)", field: error.field)
        }
        return event
    }
}

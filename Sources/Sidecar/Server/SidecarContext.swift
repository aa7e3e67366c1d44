import Foundation
import Hummingbird
import PaymentEvents

/// What travels with one request.
struct SidecarContext: RequestContext {
    /// The largest body of a request, in bytes.
    static let maximumBodySize = 64 * 1024

    var coreContext: CoreRequestContextStorage
    let maxUploadSize = Self.maximumBodySize

    init(source: Source) { coreContext = .init(source: source) }

    /// Times are ISO 8601 with milliseconds.
    var responseEncoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.timestamp)
        }
        return encoder
    }

    /// The payment id in the path.
    func paymentID() throws -> String {
        guard let id = try parameters.require("id").removingPercentEncoding, PaymentID.isValid(id) else {
            throw Problem(
                .badRequest, "payment_id must be 1 to \(PaymentID.maximumLength) of [A-Za-z0-9._-], neither . nor ..",
                field: "payment_id")
        }
        return id
    }
}

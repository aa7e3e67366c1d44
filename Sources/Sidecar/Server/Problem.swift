import Foundation
import HTTPTypes
import Hummingbird

/// An error as callers see it: a problem of RFC 9457. The status says what kind of problem it is, hence `about:blank`.
struct Problem: Error {
    let status: HTTPResponse.Status
    /// What went wrong in this case and what to do about it.
    let detail: String
    /// The field of the request that is to blame, in the schema's spelling.
    var field: String?
    /// The payment that the request is about.
    var paymentID: String?
    /// Where that payment stands.
    var state: String?
    /// What the service depends on, and how that is.
    var dependencies: [String: String]?
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ detail: String, field: String? = nil) {
        self.status = status
        self.detail = detail
        self.field = field
    }

    static func unknownPayment(_ id: String) -> Problem {
        var problem = Problem(
            .notFound, "no payment of this id is known (one that was just requested elsewhere may take a moment)")
        problem.paymentID = id
        return problem
    }

    func response(requestID: String) -> Response {
        let body = Body(
            title: status.reasonPhrase, status: status.code, detail: detail, field: field, paymentID: paymentID,
            state: state, dependencies: dependencies, requestID: requestID)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var headers = headers
        headers[.contentType] = "application/problem+json"
        // Strings and numbers always have a JSON form.
        let bytes = (try? encoder.encode(body)) ?? Data()
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private struct Body: Encodable {
        let type = "about:blank"
        let title: String
        let status: Int
        let detail: String
        let field: String?
        let paymentID: String?
        let state: String?
        let dependencies: [String: String]?
        let requestID: String

        enum CodingKeys: String, CodingKey {
            case type, title, status, detail, field
            case paymentID = "payment_id"
            case state, dependencies
            case requestID = "request_id"
        }
    }
}

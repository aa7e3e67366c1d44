import Hummingbird

/// A provider's "no", as JSON: `{"error": <code>, "reason": <for people>}`.
struct ProviderRefusal: HTTPResponseError {
    let status: HTTPResponse.Status
    let code: String
    let reason: String

    init(_ status: HTTPResponse.Status, _ code: String, _ reason: String) {
        self.status = status
        self.code = code
        self.reason = reason
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        try EditedResponse(status: status, response: Body(error: code, reason: reason))
            .response(from: request, context: context)
    }

    private struct Body: ResponseEncodable {
        let error: String
        let reason: String
    }
}

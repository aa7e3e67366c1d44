import HTTPTypes
import Hummingbird
import Tracing

/// Makes a span of each request, by OpenTelemetry's conventions for HTTP servers, in the trace that the caller names or in a new one.
///
/// What probes and scrapers ask for is left out: it would bury the rest. The span of a stream of events ends where the stream begins.
struct SpanMiddleware: RouterMiddleware {
    private static let unobserved: Set = ["/healthz", "/readyz", "/metrics"]
    /// Others are one to those who read spans: callers may make up any number of them.
    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .delete, .patch, .options, .trace]

    func handle(
        _ request: Request, context: SidecarContext, next: (Request, SidecarContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard !Self.unobserved.contains(path) else { return try await next(request, context) }
        var caller = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(request.headers, into: &caller, using: HeaderExtractor())
        let method = Self.methods.contains(request.method) ? request.method.rawValue : "_OTHER"
        return try await withSpan(method == "_OTHER" ? "HTTP" : method, context: caller, ofKind: .server) { span in
            span.updateAttributes {
                $0["http.request.method"] = method
                $0["url.path"] = path
                $0["url.scheme"] = "http"
                $0["user_agent.original"] = request.headers[.userAgent]
            }
            let response = try await next(request, context)
            if let route = context.endpointPath {
                span.operationName += " \(route)"
                span.attributes["http.route"] = route
            }
            span.attributes["http.response.status_code"] = response.status.code
            if response.status.code >= 500 {
                span.attributes["error.type"] = "\(response.status.code)"
                span.setStatus(SpanStatus(code: .error))
            }
            return response
        }
    }

    private struct HeaderExtractor: Extractor {
        func extract(key: String, from headers: HTTPFields) -> String? {
            HTTPField.Name(key).flatMap { headers[$0] }
        }
    }
}

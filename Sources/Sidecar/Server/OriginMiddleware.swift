import HTTPTypes
import Hummingbird

/// Lets pages of the origins on a list read answers; browsers keep those of all other origins from it.
struct OriginMiddleware: RouterMiddleware {
    private static let allowedHeaders =
        "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-ID, traceparent"
    private static let exposedHeaders = "Age, Location, Retry-After, X-Request-ID"

    let origins: AllowedOrigins

    func handle(
        _ request: Request, context: SidecarContext, next: (Request, SidecarContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], origins.contains(origin) else {
            return try await next(request, context)
        }
        var response: Response
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            response = Response(
                status: .noContent,
                headers: [
                    .accessControlAllowMethods: "GET, HEAD, POST", .accessControlAllowHeaders: Self.allowedHeaders,
                    .accessControlMaxAge: "600",
                ])
        } else {
            response = try await next(request, context)
            response.headers[.accessControlExposeHeaders] = Self.exposedHeaders
        }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.vary] = "Origin"
        return response
    }
}

/// Keeps pages of other origins from changing anything: browsers send some such calls without asking first. Callers that are
/// no browsers name no origin and are not concerned.
struct CrossOriginMiddleware: RouterMiddleware {
    let origins: AllowedOrigins

    func handle(
        _ request: Request, context: SidecarContext, next: (Request, SidecarContext) async throws -> Response
    ) async throws -> Response {
        if let origin = request.headers[.origin], !origins.contains(origin), !Self.isOwn(origin, request) {
            throw Problem(.forbidden, "pages of other origins cannot change anything here")
        }
        return try await next(request, context)
    }

    private static func isOwn(_ origin: String, _ request: Request) -> Bool {
        guard let authority = request.head.authority, let scheme = origin.firstRange(of: "://") else { return false }
        return origin[scheme.upperBound...].lowercased() == authority.lowercased()
    }
}

/// The origins whose pages may use the sidecar as its own page does, such as `https://shop.example`.
struct AllowedOrigins: Sendable {
    private let origins: Set<String>

    init(_ origins: [String]) { self.origins = Set(origins.map { $0.lowercased() }) }

    func contains(_ origin: String) -> Bool { origins.contains(origin.lowercased()) }
}

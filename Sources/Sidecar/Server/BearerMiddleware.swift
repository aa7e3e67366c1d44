import HTTPTypes
import Hummingbird

/// Lets only callers through that carry the bearer token (RFC 6750); everyone if there is none to carry.
struct BearerMiddleware: RouterMiddleware {
    let token: BearerToken?

    func handle(
        _ request: Request, context: SidecarContext, next: (Request, SidecarContext) async throws -> Response
    ) async throws -> Response {
        guard let token else { return try await next(request, context) }
        guard let authorization = request.headers[.authorization] else {
            throw Self.problem("this call needs the header 'Authorization: Bearer <token>'", challenge: "")
        }
        guard token.matches(authorization: authorization) else {
            throw Self.problem("the bearer token is not valid", challenge: ", error=\"invalid_token\"")
        }
        return try await next(request, context)
    }

    private static func problem(_ detail: String, challenge: String) -> Problem {
        var problem = Problem(.unauthorized, detail)
        problem.headers[.wwwAuthenticate] = "Bearer realm=\"payments\"\(challenge)"
        return problem
    }
}

import HTTPTypes
import Hummingbird
import Logging

/// Gives every request an id and every error the form of a ``Problem``.
struct ProblemMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: SidecarContext, next: (Request, SidecarContext) async throws -> Response
    ) async throws -> Response {
        let requestID = request.headers[.requestID].flatMap(Self.accepted) ?? "\(RequestID())"
        var context = context
        context.logger[metadataKey: "request_id"] = "\(requestID)"
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = Self.problem(for: error, context.logger).response(requestID: requestID)
        }
        response.headers[.requestID] = requestID
        response.headers[.xContentTypeOptions] = "nosniff"
        context.logger.debug(
            "request answered",
            metadata: [
                "method": "\(request.method)", "path": "\(context.endpointPath ?? "none")",
                "status": "\(response.status.code)", "duration": "\(ContinuousClock.now - start)",
            ])
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// A caller's own id, if it can go into logs as it is.
    private static func accepted(_ id: String) -> String? {
        let isPlain = id.utf8.allSatisfy { (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) }
        return isPlain && (1...128).contains(id.utf8.count) ? id : nil
    }

    private static func problem(for error: any Error, _ logger: Logger) -> Problem {
        switch error {
        case let problem as Problem:
            return problem
        case let error as DependencyUnavailableError:
            logger.warning("\(error)")
            var problem = Problem(
                .serviceUnavailable, "\(error.dependency.rawValue) cannot be reached; try again later")
            problem.headers[.retryAfter] = "5"
            return problem
        case is CancellationError:
            return Problem(.serviceUnavailable, "the service is shutting down; try again")
        case let error as any HTTPResponseError where error.status == .notFound:
            return Problem(.notFound, "there is nothing at this address")
        case let error as any HTTPResponseError:
            return Problem(error.status, "the request cannot be handled")
        default:
            logger.error("request failed", metadata: ["error": "\(error)"])
            return Problem(.internalServerError, "the request failed for a reason that is logged under its request_id")
        }
    }
}

extension HTTPField.Name {
    static let requestID = Self("X-Request-ID")!
    static let idempotencyKey = Self("Idempotency-Key")!
    static let lastEventID = Self("Last-Event-ID")!
}

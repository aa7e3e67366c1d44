import HTTPServing
import HTTPTypes
import Hummingbird

/// All the sidecar's addresses.
struct SidecarRoutes: Sendable {
    let directory: any PaymentDirectory
    let publisher: any PaymentPublisher
    let token: BearerToken?
    var metrics: MetricsPage?

    func router() -> Router<SidecarContext> {
        let router = Router(context: SidecarContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: MetricsMiddleware())
        router.add(middleware: ProblemMiddleware())
        let health = HealthRoutes(directory: directory, publisher: publisher)
        router.get("healthz") { try await health.live($0, $1) }
        router.get("readyz") { try await health.ready($0, $1) }
        if let metrics { router.get("metrics") { _, _ in metrics.response() } }
        let payments = PaymentRoutes(directory: directory, publisher: publisher)
        router.get("v1/payments/:id") { try await payments.show($0, $1) }
        let changes = router.group().add(middleware: BearerMiddleware(token: token))
        changes.post("v1/payments") { try await payments.submit($0, $1) }
        changes.post("v1/payments/:id/cancel") { try await payments.cancel($0, $1) }

        let paths: [(path: RouterPath, methods: [HTTPRequest.Method])] = [
            ("healthz", [.get, .head]), ("readyz", [.get, .head]), ("metrics", [.get, .head]),
            ("v1/payments", [.post]), ("v1/payments/:id", [.get, .head]), ("v1/payments/:id/cancel", [.post]),
        ]
        for (path, methods) in paths { refuseAllBut(methods, at: path, of: router) }
        return router
    }

    /// The router answers 404 for a method it doesn't know at an address; 405 is what RFC 9110 section 15.5.6 wants.
    private func refuseAllBut(
        _ allowed: [HTTPRequest.Method], at path: RouterPath, of router: Router<SidecarContext>
    ) {
        let list = allowed.map(\.rawValue).joined(separator: ", ")
        let standard: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .options, .trace]
        for method in standard where !allowed.contains(method) {
            router.on(path, method: method) { _, _ -> Response in
                var problem = Problem(.methodNotAllowed, "this address takes \(list) only")
                problem.headers[.allow] = list
                throw problem
            }
        }
    }
}

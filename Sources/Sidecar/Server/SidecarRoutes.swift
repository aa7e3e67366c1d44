import HTTPServing
import HTTPTypes
import Hummingbird
import Logging

/// All the sidecar's addresses.
struct SidecarRoutes: Sendable {
    /// Who may do what.
    struct Access: Sendable {
        var token: BearerToken?
        /// Whether reading payments takes the token, too.
        var tokenGuardsReads = false
        var origins = AllowedOrigins([])
    }

    private let access: Access
    private let health: HealthRoutes
    private let payments: PaymentRoutes
    private let stream: StreamRoutes
    private let page: MetricsPage?

    init(
        directory: any PaymentDirectory, outcomes: LastOutcomes = LastOutcomes(),
        requested: RequestedPayments = RequestedPayments(), publisher: any PaymentPublisher, access: Access,
        feed: PaymentFeed.Limits = .init(), page: MetricsPage? = nil, metrics: SidecarMetrics = SidecarMetrics(),
        logger: Logger
    ) {
        let reports = PaymentReports(
            directory: directory, outcomes: outcomes, requested: requested, metrics: metrics)
        self.access = access
        self.page = page
        health = HealthRoutes(directory: directory, publisher: publisher)
        payments = PaymentRoutes(
            directory: directory, reports: reports, requested: requested, publisher: publisher)
        stream = StreamRoutes(
            reports: reports, feed: PaymentFeed(reports: reports, limits: feed, metrics: metrics, logger: logger))
    }

    func router() -> Router<SidecarContext> {
        let router = known()
        refuseOtherMethods(of: router)
        return router
    }

    /// The addresses and methods that are answered; whatever takes `GET` takes `HEAD`, too.
    var served: [Router<SidecarContext>.RouteDescription] { known().routes }

    private func known() -> Router<SidecarContext> {
        let router = Router(context: SidecarContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: MetricsMiddleware())
        router.add(middleware: SpanMiddleware())
        router.add(middleware: OriginMiddleware(origins: access.origins))
        router.add(middleware: ProblemMiddleware())
        router.get("healthz") { try await health.live($0, $1) }
        router.get("readyz") { try await health.ready($0, $1) }
        if let page { router.get("metrics") { _, _ in page.response() } }
        for file in StaticFile.allCases { file.serve(by: router) }

        let reads = router.group().add(
            middleware: BearerMiddleware(token: access.tokenGuardsReads ? access.token : nil))
        reads.get("v1/payments") { try await payments.list($0, $1) }
        reads.get("v1/statistics") { try await payments.statistics($0, $1) }
        reads.get("v1/payments/:id") { try await payments.show($0, $1) }
        reads.get("v1/payments/:id/events") { try await stream.follow($0, $1) }

        let changes = router.group()
            .add(middleware: CrossOriginMiddleware(origins: access.origins))
            .add(middleware: BearerMiddleware(token: access.token))
        changes.post("v1/payments") { try await payments.submit($0, $1) }
        changes.post("v1/payments/:id/cancel") { try await payments.cancel($0, $1) }
        return router
    }

    /// The router answers 404 for a method it doesn't know at an address; 405 is what RFC 9110 section 15.5.6 wants.
    private func refuseOtherMethods(of router: Router<SidecarContext>) {
        let standard: [HTTPRequest.Method] = [
            .get, .head, .post, .put, .delete, .patch, .options, .trace, .query,
        ]
        let known = Dictionary(grouping: router.routes, by: { $0.path.description }).values
        for routes in known {
            guard let path = routes.first?.path else { continue }
            // Whatever takes GET takes HEAD.
            let allowed = standard.filter { method in routes.contains { $0.method == (method == .head ? .get : method) }
            }
            let list = allowed.map(\.rawValue).joined(separator: ", ")
            for method in standard where !allowed.contains(method) {
                router.on(path, method: method) { _, _ -> Response in
                    var problem = Problem(.methodNotAllowed, "this address takes \(list) only")
                    problem.headers[.allow] = list
                    throw problem
                }
            }
        }
    }
}

extension HTTPRequest.Method {
    /// Safe, with a body (draft-ietf-httpbis-safe-method-w-body).
    fileprivate static let query = Self("QUERY")!
}

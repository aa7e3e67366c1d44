import AsyncHTTPClient
import Foundation
import HTTPServing
import Logging
import Metrics
import Observability
import Synchronization
import Tracing

/// What the process of every role has beside the role's work: logs, metrics, traces, health, and an end in order.
///
/// Make one in a process: it becomes where all metrics and traces go.
struct RoleProcess: Sendable {
    private static let tellingInterval = Duration.seconds(5)

    let role: Role
    let logger: Logger
    private let settings: Settings
    private let registry: PrometheusRegistry
    private let exporter: SpanExporter?
    private let startTimeout: Duration
    private let shutdownTimeout: Duration

    /// - Throws: ``CommandFailure`` when a setting can't be used, or the production profile refuses it.
    init(_ role: Role, _ settings: Settings) throws(CommandFailure) {
        self.role = role
        self.settings = settings
        logger = try settings.logger(label: role.rawValue)
        let isProduction = try settings.value(.profile, default: false, expected: "development or production") {
            ["development": false, "production": true][$0]
        }
        if isProduction { try ProductionProfile(settings: settings).check(role) }
        startTimeout = try settings.duration(.startTimeout, default: .seconds(60))
        shutdownTimeout = try settings.duration(.shutdownTimeout, default: .seconds(30))
        registry = PrometheusRegistry(descriptions: MetricCatalog.descriptions)
        let ratio = try settings.value(.traceRatio, default: 1, expected: "a number from 0 to 1") { text in
            Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
        }
        MetricsSystem.bootstrap(registry)
        exporter = settings.text(.otlpEndpoint).map { [role, logger] endpoint in
            SpanExporter(
                endpoint: endpoint, service: "payment-saga-\(role.rawValue)", client: .shared, logger: logger)
        }
        InstrumentationSystem.bootstrap(OTLPTracer(exporter: exporter, ratio: ratio))
    }

    /// What monitoring gets to see.
    var metricsPage: MetricsPage {
        MetricsPage(contentType: PrometheusRegistry.contentType) { [registry] in registry.text() }
    }

    /// Runs `body` until it returns or the process is asked to end, and sends the last traces then.
    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await Lifetime.run(endingWithin: shutdownTimeout) {
            let exporting = exporter.map { exporter in Task { await exporter.run() } }
            let result: Result<Void, any Error>
            do {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            exporting?.cancel()
            await exporting?.value
            try result.get()
        }
    }

    /// Waits for something the role can't begin without, for as long as a start may take, and says what it waits for.
    func awaiting<Found>(_ what: String, _ find: (_ limit: Duration) async throws -> Found) async throws -> Found {
        let telling = Task {
            // Ends with what is waited for, which has a limit.
            while (try? await Task.sleep(for: Self.tellingInterval)) != nil { logger.notice("waiting for \(what)") }
        }
        defer { telling.cancel() }
        return try await find(startTimeout)
    }

    /// Does the role's work; serves health and metrics until that is over, if a port was given.
    /// - Parameter work: Calls what it is given with what it needs when it is at work; until then it is alive, and not ready.
    func serve(
        _ work: @escaping @Sendable (_ begin: @Sendable ([HealthServer.Dependency]) -> Void) async throws -> Void
    ) async throws {
        guard settings.text(.metricsPort) != nil else {
            return try await work { _ in Terminal.line("ready \(role.rawValue)") }
        }
        let needs = Needs()
        let host = settings.text(.metricsHost) ?? "127.0.0.1"
        let isDraining = Latch()
        let server = HealthServer(
            name: "the \(role.rawValue)'s metrics", host: host, port: try settings.port(.metricsPort, default: 0),
            metrics: metricsPage, logger: logger, isDraining: { isDraining.isTripped },
            dependencies: { needs.known })
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        // A task of its own: health is told until the work is over, also while it drains.
        let serving = Task {
            defer { port.finish() }
            try await server.run { port.yield($0) }
        }
        let result: Result<Void, any Error>
        do {
            guard let port = await ports.first(where: { _ in true }) else {
                return try await serving.value
            }
            logger.info("health and metrics at http://\(host):\(port)")
            result = .success(
                try await withTaskCancellationHandler {
                    try await work { dependencies in
                        needs.know(dependencies)
                        Terminal.line("ready \(role.rawValue) http://\(host):\(port)")
                    }
                } onCancel: {
                    isDraining.trip()
                })
        } catch {
            result = .failure(error)
        }
        serving.cancel()
        _ = await serving.result
        try result.get()
    }

    /// What the work needs, once it has begun.
    private final class Needs: Sendable {
        private let dependencies = Mutex<[HealthServer.Dependency]?>(nil)

        var known: [HealthServer.Dependency]? { dependencies.withLock { $0 } }

        func know(_ found: [HealthServer.Dependency]) { dependencies.withLock { $0 = found } }
    }
}

import Hummingbird
public import Logging

/// How a process without an HTTP interface of its own tells how it is: `/healthz`, `/readyz` and `/metrics`.
public struct HealthServer: Sendable {
    /// Something the process cannot work without.
    public struct Dependency: Sendable {
        let name: String
        let check: @Sendable () async throws -> Void

        /// - Parameter check: Throws when it cannot be reached.
        public init(_ name: String, check: @escaping @Sendable () async throws -> Void) {
            self.name = name
            self.check = check
        }
    }

    /// How long a dependency may take to show that it is there.
    private static let limit = Duration.seconds(3)

    private let listener: HTTPListener
    private let dependencies: [Dependency]
    private let isDraining: @Sendable () -> Bool
    private let metrics: MetricsPage
    private let logger: Logger

    /// - Parameters:
    ///   - name: Who serves, for error texts.
    ///   - port: 0 takes a free one.
    ///   - isDraining: True from when the process was asked to end: it is alive then, but not ready.
    public init(
        name: String, host: String, port: Int, dependencies: [Dependency], metrics: MetricsPage, logger: Logger,
        isDraining: @escaping @Sendable () -> Bool
    ) {
        listener = HTTPListener(name: name, host: host, port: port, logger: logger)
        self.dependencies = dependencies
        self.metrics = metrics
        self.logger = logger
        self.isDraining = isDraining
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter onStart: Called with the real port once connections are accepted.
    /// - Throws: ``ListenError``.
    public func run(onStart: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router()
        router.get("healthz") { _, _ in ["status": "ok"] }
        router.get("readyz") { _, _ in await readiness() }
        router.get("metrics") { _, _ in metrics.response() }
        try await listener.serve(router, onStart: onStart)
    }

    private func readiness() async -> EditedResponse<Readiness> {
        let states = await withTaskGroup(of: (String, String).self) { group in
            for dependency in dependencies {
                group.addTask { (dependency.name, await isUp(dependency) ? "up" : "down") }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        let status = isDraining() ? "draining" : states.values.allSatisfy { $0 == "up" } ? "ready" : "unavailable"
        return EditedResponse(
            status: status == "ready" ? .ok : .serviceUnavailable,
            response: Readiness(status: status, dependencies: states))
    }

    private func isUp(_ dependency: Dependency) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    try await dependency.check()
                    return true
                } catch {
                    logger.debug("not ready: \(error)", metadata: ["dependency": "\(dependency.name)"])
                    return false
                }
            }
            group.addTask {
                // The time the dependency has; cut short when it has answered.
                try? await Task.sleep(for: Self.limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    private struct Readiness: ResponseEncodable {
        let status: String
        let dependencies: [String: String]
    }
}

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

    /// Thrown by a check to have `/readyz` say what is wrong, to whoever asks. Of other errors it tells nothing.
    public struct NotReady: Error {
        let problems: [String]

        /// - Parameter problems: A sentence each, without secrets.
        public init(_ problems: [String]) { self.problems = problems }
    }

    /// How long a dependency may take to show that it is there.
    private static let limit = Duration.seconds(3)

    private let listener: HTTPListener
    private let dependencies: @Sendable () -> [Dependency]?
    private let isDraining: @Sendable () -> Bool
    private let metrics: MetricsPage
    private let logger: Logger

    /// - Parameters:
    ///   - name: Who serves, for error texts.
    ///   - port: 0 takes a free one.
    ///   - isDraining: True from when the process was asked to end: it is alive then, but not ready.
    ///   - dependencies: Nil while the process starts: it is alive then, but not ready.
    public init(
        name: String, host: String, port: Int, metrics: MetricsPage, logger: Logger,
        isDraining: @escaping @Sendable () -> Bool, dependencies: @escaping @Sendable () -> [Dependency]?
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
        let dependencies = dependencies()
        var readiness = Readiness(status: dependencies == nil ? "starting" : "ready")
        await withTaskGroup(of: (String, [String]?).self) { group in
            for dependency in dependencies ?? [] {
                group.addTask { (dependency.name, await problems(of: dependency)) }
            }
            for await (name, problems) in group {
                readiness.dependencies[name] = problems == nil ? "up" : "down"
                if let problems, !problems.isEmpty { readiness.problems = (readiness.problems ?? []) + problems }
            }
        }
        if readiness.dependencies.values.contains("down") { readiness.status = "unavailable" }
        if isDraining() { readiness.status = "draining" }
        return EditedResponse(
            status: readiness.status == "ready" ? .ok : .serviceUnavailable, response: readiness)
    }

    /// - Returns: Nil if it is there; what may be told of why not otherwise.
    private func problems(of dependency: Dependency) async -> [String]? {
        await withTaskGroup(of: [String]?.self) { group in
            group.addTask {
                do {
                    try await dependency.check()
                    return nil
                } catch {
                    logger.debug("not ready: \(error)", metadata: ["dependency": "\(dependency.name)"])
                    return (error as? NotReady)?.problems ?? []
                }
            }
            group.addTask {
                // The time the dependency has; cut short when it has answered.
                try? await Task.sleep(for: Self.limit)
                return []
            }
            defer { group.cancelAll() }
            return await group.next() ?? []
        }
    }

    private struct Readiness: ResponseEncodable {
        var status: String
        var dependencies: [String: String] = [:]
        var problems: [String]?
    }
}

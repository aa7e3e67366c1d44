import Hummingbird
import Logging

/// Whether the sidecar runs, and whether what it depends on can be reached.
struct HealthRoutes: Sendable {
    struct Readiness: ResponseEncodable {
        let status: String
        let dependencies: [String: String]
    }

    let directory: any PaymentDirectory
    let publisher: any PaymentPublisher

    func live(_ request: Request, _ context: SidecarContext) async throws -> [String: String] { ["status": "ok"] }

    func ready(_ request: Request, _ context: SidecarContext) async throws -> Readiness {
        async let kafka = Self.state { try await publisher.checkReachable() }
        async let temporal = Self.state { try await directory.checkReachable() }
        let dependencies = try await ["kafka": kafka, "temporal": temporal]
        guard dependencies.values.allSatisfy({ $0 == "up" }) else {
            let missing = dependencies.filter { $0.value != "up" }.keys.sorted().joined(separator: " and ")
            var problem = Problem(.serviceUnavailable, "\(missing) cannot be reached")
            problem.dependencies = dependencies
            throw problem
        }
        return Readiness(status: "ready", dependencies: dependencies)
    }

    private static func state(_ check: () async throws -> Void) async throws -> String {
        do {
            try await check()
            return "up"
        } catch is DependencyUnavailableError {
            return "down"
        }
    }
}

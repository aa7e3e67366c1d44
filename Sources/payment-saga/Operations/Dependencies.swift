import Bridge
import HTTPServing
import Ledger
import Temporal

extension HealthServer.Dependency {
    private static let limit = Duration.seconds(2)

    /// - Parameter wait: Of a client that the role has anyway: making one takes connections and threads.
    static func kafka(_ wait: @escaping @Sendable (_ timeout: Duration) async throws -> Void) -> Self {
        Self("kafka") { try await wait(limit) }
    }

    static func temporal(_ client: TemporalClient) -> Self {
        Self("temporal") {
            do {
                _ = try await client.handle(id: "readiness-check").describe()
            } catch is WorkflowNotFoundError {
                // An answer like any other.
            }
        }
    }

    static func ledger(_ ledger: any Ledger) -> Self {
        Self("ledger") { _ = try await ledger.state(payment: "readiness-check") }
    }

    static func bridge(_ health: BridgeHealth) -> Self {
        Self("bridge") {
            let problems = health.problems
            guard problems.isEmpty else { throw HealthServer.NotReady(problems) }
        }
    }
}

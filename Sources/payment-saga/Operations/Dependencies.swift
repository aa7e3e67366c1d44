import Bridge
import HTTPServing
import Kafka
import Ledger
import Temporal

extension HealthServer.Dependency {
    private static let limit = Duration.seconds(2)

    static func kafka(_ kafka: KafkaConfiguration) -> Self {
        Self("kafka") { try await kafka.waitUntilReachable(timeout: limit) }
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
            guard problems.isEmpty else { throw CommandFailure(problems.joined(separator: "; ")) }
        }
    }
}

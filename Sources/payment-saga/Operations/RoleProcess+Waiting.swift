import Kafka
import Temporal

extension RoleProcess {
    /// - Returns: The cluster, which has answered.
    /// - Throws: ``KafkaError/unreachable(servers:reason:)`` when it does not while the role may start; `CancellationError`.
    func reachable(_ kafka: KafkaConfiguration) async throws -> KafkaConfiguration {
        try await awaiting("Kafka at \(kafka.bootstrapServers)") { try await kafka.waitUntilReachable(timeout: $0) }
        return kafka
    }

    /// - Throws: `TemporalUnreachableError` when it does not answer while the role may start; `TemporalRPCError`.
    func connect(_ temporal: TemporalConnection.Configuration) async throws -> TemporalConnection {
        try await awaiting("Temporal at \(temporal.target)") { limit in
            var patient = temporal
            patient.connectTimeout = limit
            return try await TemporalConnection.connect(patient)
        }
    }
}

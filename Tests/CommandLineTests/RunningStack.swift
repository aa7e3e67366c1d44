import Testing

/// `payment-saga dev --keep`, which serves until this object is gone.
final class RunningStack: Sendable {
    let program: Program
    /// The sidecar's URL.
    let sidecar: String
    /// The URLs of the bridge's and the worker's metrics.
    let bridgeMetrics: String
    let workerMetrics: String
    /// Temporal's address.
    let temporal: String
    /// Kafka's address.
    let broker: String
    /// The URL of the simulated providers.
    let simulators: String
    /// Where the data and the logs are.
    let folder: String

    init(payments: Int = 0, environment: [String: String] = [:]) async throws {
        let program = try Program(["dev", "--payments", "\(payments)", "--keep"], environment: environment)
        _ = try await program.line(containing: "running until Ctrl-C", within: .seconds(180))
        let lines = program.output.split(separator: "\n")
        func words(_ name: String) -> [String] {
            (lines.first { $0.hasPrefix("\(name)  ") } ?? "").split(separator: " ").map(String.init)
        }
        let metrics = words("metrics")
        self.program = program
        sidecar = try #require(words("sidecar").last)
        temporal = try #require(words("Temporal").dropFirst().first)
        broker = try #require(words("Kafka broker").last)
        simulators = try #require(words("providers").last)
        folder = try #require(words("data and logs").last)
        bridgeMetrics = try #require(metrics.dropFirst().first)
        workerMetrics = try #require(metrics.last)
    }
}

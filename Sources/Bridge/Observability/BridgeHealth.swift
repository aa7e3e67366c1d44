import Kafka
import Synchronization

/// Whether a bridge does its work; what a readiness check asks.
///
/// A bridge for which the group has no partition is ready: it stands by, and takes over when another one goes.
public final class BridgeHealth: Sendable {
    private struct State {
        var isServing = false
        var stalled: [TopicPartition] = []
        var producerFailure: String?
        var parkingFailure: String?
        var consumer: KafkaConsumer?
    }

    private let state = Mutex(State())

    init() {}

    /// What is wrong, a sentence each; empty when the bridge is ready.
    public var problems: [String] {
        let state = state.withLock { $0 }
        var problems = state.stalled.map { "\($0) makes no progress while its lag grows" }
        if !state.isServing { problems.append("the group has not given the bridge its share yet") }
        if let failure = state.producerFailure { problems.append("no dead letter can be stored: \(failure)") }
        if let failure = state.parkingFailure { problems.append("what is parked can't be read: \(failure)") }
        return problems
    }

    /// Waits until a Kafka broker answers the bridge's consumer.
    ///
    /// - Throws: `KafkaError`, also while the bridge does not run; `CancellationError`.
    public func waitUntilReachable(timeout: Duration) async throws {
        guard let consumer = state.withLock({ $0.consumer }) else { throw KafkaError.closed(client: "the bridge") }
        try await consumer.waitUntilReachable(timeout: timeout)
    }

    func setConsumer(_ consumer: KafkaConsumer?) { state.withLock { $0.consumer = consumer } }
    func setServing(_ isServing: Bool) { state.withLock { $0.isServing = isServing } }
    func setStalled(_ partitions: [TopicPartition]) { state.withLock { $0.stalled = partitions } }
    func setProducerFailure(_ failure: String?) { state.withLock { $0.producerFailure = failure } }
    func setParkingFailure(_ failure: String?) { state.withLock { $0.parkingFailure = failure } }
}

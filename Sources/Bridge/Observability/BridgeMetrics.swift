import Kafka
import Metrics
import Temporal

/// What a bridge counts and measures, for whatever backend swift-metrics was given.
///
/// | metric | kind | dimensions |
/// |---|---|---|
/// | `payment_saga_bridge_applied` | counter, records | `topic` |
/// | `payment_saga_bridge_dead_letters` | counter, records | `topic`, `reason` |
/// | `payment_saga_bridge_retries` | counter, failed calls | `code` |
/// | `payment_saga_bridge_lost` | counter, records gone before they were read | `topic`, `partition` |
/// | `payment_saga_bridge_commit_failures` | counter, commits | |
/// | `payment_saga_bridge_call_latency` | timer, calls Temporal has answered | `call` |
/// | `payment_saga_bridge_lag` | gauge, records not committed | `topic`, `partition` |
/// | `payment_saga_bridge_commit_age_seconds` | gauge, since when nothing was done although something waits | `topic`, `partition` |
/// | `payment_saga_bridge_in_memory` | gauge, records | |
/// | `payment_saga_bridge_calls_in_flight` | gauge, calls | |
/// | `payment_saga_bridge_calls_allowed` | gauge, calls; falls when Temporal has too much to do | |
/// | `payment_saga_bridge_circuit_open` | gauge, 1 while Temporal is taken to be away | |
/// | `payment_saga_bridge_parked_keys` | gauge, keys | |
/// | `payment_saga_bridge_ready` | gauge, 1 while nothing is wrong | |
struct BridgeMetrics: Sendable {
    enum Call: String, CaseIterable, Sendable {
        case start, signal, find, history
        case signalWithStart = "signal_with_start"
    }

    private static let prefix = "payment_saga_bridge_"

    private let factory: any MetricsFactory
    private let latencies: [Call: Timer]
    private let applied: [String: Counter]
    private let commitFailures: Counter

    init(topics: [String], factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        // Those of every record are made once.
        latencies = Dictionary(
            uniqueKeysWithValues: Call.allCases.map { call in
                let dimensions = [("call", call.rawValue)]
                return (call, Timer(label: Self.prefix + "call_latency", dimensions: dimensions, factory: factory))
            })
        applied = Dictionary(
            topics.map { topic in
                (topic, Counter(label: Self.prefix + "applied", dimensions: [("topic", topic)], factory: factory))
            }, uniquingKeysWith: { first, _ in first })
        commitFailures = Counter(label: Self.prefix + "commit_failures", factory: factory)
    }

    func countApplied(_ topic: String) { applied[topic]?.increment() }

    func record(_ call: Call, _ duration: Duration) { latencies[call]?.record(duration: duration) }

    func countCommitFailure() { commitFailures.increment() }

    func countRetry(after error: any Error) {
        let code = (error as? TemporalRPCError).map { "\($0.code)" } ?? "other"
        count("retries", 1, [("code", code)])
    }

    func countDeadLetter(_ topic: String, _ reason: DeadLetterReason) {
        count("dead_letters", 1, [("topic", topic), ("reason", reason.rawValue)])
    }

    func countLost(_ records: Int64, of partition: TopicPartition) { count("lost", records, dimensions(partition)) }

    func setLag(_ lag: Int64, of partition: TopicPartition) { set("lag", Double(lag), dimensions(partition)) }

    func setCommitAge(_ age: Duration, of partition: TopicPartition) {
        set("commit_age_seconds", age / .seconds(1), dimensions(partition))
    }

    /// A partition that has gone to another bridge is measured there.
    func forget(_ partition: TopicPartition) {
        setLag(0, of: partition)
        setCommitAge(.zero, of: partition)
    }

    func setInMemory(_ records: Int) { set("in_memory", Double(records)) }
    func setCalls(inFlight: Int, allowed: Int, isCircuitOpen: Bool) {
        set("calls_in_flight", Double(inFlight))
        set("calls_allowed", Double(allowed))
        set("circuit_open", isCircuitOpen ? 1 : 0)
    }
    func setParkedKeys(_ keys: Int) { set("parked_keys", Double(keys)) }
    func setReady(_ isReady: Bool) { set("ready", isReady ? 1 : 0) }

    private func count(_ name: String, _ amount: Int64, _ dimensions: [(String, String)]) {
        Counter(label: Self.prefix + name, dimensions: dimensions, factory: factory).increment(by: amount)
    }

    private func set(_ name: String, _ value: Double, _ dimensions: [(String, String)] = []) {
        Gauge(label: Self.prefix + name, dimensions: dimensions, factory: factory).record(value)
    }

    private func dimensions(_ partition: TopicPartition) -> [(String, String)] {
        [("topic", partition.topic), ("partition", "\(partition.partition)")]
    }
}

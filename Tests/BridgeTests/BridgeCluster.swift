import Kafka
import Logging
import MetricsTestKit
import PaymentEvents
import WaitingTestSupport

@testable import Bridge

/// A Kafka cluster in this process, with a producer and bridges on it.
struct BridgeCluster: Sendable {
    /// Of all members of the group. Rebalances of the mock cluster take a second less, and the first join three
    /// seconds: a member that waits longer than this for its answer is forgotten, and never gets one.
    private static let sessionTimeout = Duration.seconds(5)

    let cluster: MockKafkaCluster
    let kafka: KafkaConfiguration
    let producer: KafkaProducer
    let partitionCount: Int
    let temporal = ScriptedTemporal()
    let metrics = TestMetrics()
    let topics = SampleRecords.topics

    /// Runs `body` with a cluster and stops it afterwards.
    static func run(partitions: Int = 1, _ body: (BridgeCluster) async throws -> Void) async throws {
        let cluster = try MockKafkaCluster()
        let topics = SampleRecords.topics
        for topic in [topics.requests, topics.confirmations, topics.cancellations] {
            try cluster.createTopic(topic, partitions: partitions)
        }
        try cluster.createTopic(topics.deadLetters, partitions: 1)
        let kafka = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
        let producer = try KafkaProducer(kafka)
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await body(
                    BridgeCluster(cluster: cluster, kafka: kafka, producer: producer, partitionCount: partitions)))
        } catch {
            result = .failure(error)
        }
        await producer.close()
        await cluster.close()
        try result.get()
    }

    /// Runs a bridge while `body` runs, then stops it and waits for its end.
    func withBridge<Result>(
        configure: (inout BridgeConfiguration) -> Void = { _ in }, _ body: () async throws -> Result
    ) async throws -> Result {
        try await withHealth(configure: configure) { _ in try await body() }
    }

    /// As ``withBridge(configure:_:)``, for a `body` that looks at the bridge's health.
    func withHealth<Result>(
        configure: (inout BridgeConfiguration) -> Void, _ body: (BridgeHealth) async throws -> Result
    ) async throws -> Result {
        var configuration = BridgeConfiguration(kafka: kafka, deadLetterTopic: topics.deadLetters, groupID: "bridge")
        configuration.sessionTimeout = Self.sessionTimeout
        // A join that the mock cluster has forgotten is asked for again when the poll interval is over.
        configuration.maximumPollInterval = .seconds(30)
        configuration.commitInterval = .milliseconds(50)
        configuration.observationInterval = .milliseconds(50)
        configuration.unknownWorkflowHold = .milliseconds(300)
        configuration.backoff = Backoff(initialDelay: .milliseconds(5), maximumDelay: .milliseconds(50))
        configure(&configuration)
        let bridge = WorkflowBridge(
            configuration: configuration, routes: Route.payments(topics: topics), workflows: temporal, logger: .silent,
            metricsFactory: metrics)
        return try await running({ try await bridge.run() }, while: { try await body(bridge.health) })
    }

    /// The last value of a gauge; `nil` when there is none yet.
    func gauge(_ name: String) -> Double? {
        try? metrics.expectGauge("payment_saga_bridge_" + name).lastValue
    }

    /// Sends records in order, and returns when the broker has them.
    func send(_ records: [ProducerRecord]) async throws {
        for record in records { _ = try await producer.send(record) }
    }

    /// Waits for that many dead letters.
    func deadLetters(_ count: Int) async throws -> [KafkaRecord] {
        let reader = try await KafkaReader(kafka, topics: [topics.deadLetters])
        var letters: [KafkaRecord] = []
        for await event in reader.events {
            if case .records(let records) = event { letters += records }
            if case .endOfPartition = event, letters.count >= count { break }
        }
        await reader.close()
        return letters
    }

    /// What the group has committed, by topic and summed over its partitions. Only when no bridge runs: it asks as a
    /// member of the group.
    func committed() async throws -> [String: Int64] {
        var group = KafkaConsumerConfiguration(groupID: "bridge", topics: [topics.requests])
        group.assignment = .roundRobin
        // Asking joins the group, and the mock cluster goes by the session timeout of whoever joined last: with a
        // longer one, the next bridge would be thrown out while it waits to be let in.
        group.sessionTimeout = Self.sessionTimeout
        let consumer = try KafkaConsumer(kafka, group)
        let partitions = [topics.requests, topics.confirmations, topics.cancellations].flatMap { topic in
            (0..<Int32(partitionCount)).map { TopicPartition(topic: topic, partition: $0) }
        }
        let offsets = try await consumer.committedOffsets(of: partitions, timeout: .seconds(60))
        await consumer.close()
        return offsets.reduce(into: [:]) { sums, offset in sums[offset.key.topic, default: 0] += offset.value }
    }
}

extension Logger {
    /// Logs nothing.
    static var silent: Logger { Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() } }
}

import FaultInjection
import Foundation
import Kafka
import LoggingTestSupport
import MetricsTestKit
import PaymentEvents
import ProcessTestSupport
import Temporal
import TemporalTestSupport
import Testing
import WaitingTestSupport

@testable import Bridge

/// A broker, a Temporal server, a proxy in between that makes faults, and bridges of this process or of their own.
struct Stage: Sendable {
    /// Of all members of the group. Rebalances of the mock cluster take a second less, and the first join three
    /// seconds: a member that waits longer than this for its answer is forgotten, and never gets one. The rest of it is for machines
    /// that stand still: a bridge in a process of its own would ask again only after minutes.
    static let sessionTimeout = Duration.seconds(8)

    let cluster: MockKafkaCluster
    let kafka: KafkaConfiguration
    let producer: KafkaProducer
    let proxy: FaultProxy
    /// Goes around the proxy.
    let client: TemporalClient
    let metrics = TestMetrics()
    let logs = LogRecorder()
    let topics = Topics()
    /// Makes payment ids and task queues those of this stage alone: others use the same server.
    let name = "case-\(UUID().uuidString.prefix(8).lowercased())"
    let partitions: Int

    /// Runs `body` on a stage and clears it afterwards.
    static func run(brokers: Int = 1, partitions: Int = 2, _ body: (Stage) async throws -> Void) async throws {
        let server = try await TemporalDevServer.shared()
        let connection = try await TemporalConnection.connect(
            .init(target: ChannelTarget(host: server.host, port: server.port), namespace: server.namespace))
        let cluster = try MockKafkaCluster(brokers: brokers)
        let topics = Topics()
        for topic in [topics.requests, topics.confirmations, topics.cancellations] {
            try cluster.createTopic(topic, partitions: partitions)
        }
        try cluster.createTopic(topics.deadLetters, partitions: 1)
        var kafka = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
        kafka.properties["fetch.wait.max.ms"] = "20"
        let producer = try KafkaProducer(KafkaConfiguration(bootstrapServers: cluster.bootstrapServers))
        let proxy = try FaultProxy(target: server.port)
        let stage = Stage(
            cluster: cluster, kafka: kafka, producer: producer, proxy: proxy, client: TemporalClient(connection),
            partitions: partitions)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(stage))
        } catch {
            result = .failure(error)
        }
        proxy.stop()
        await producer.close(timeout: .seconds(5))
        await cluster.close()
        await connection.close()
        try result.get()
    }

    /// Runs a bridge of this process while `body` runs, then stops it and waits for its end.
    func withBridge<Result>(
        configure: (inout BridgeConfiguration) -> Void = { _ in }, _ body: () async throws -> Result
    ) async throws -> Result {
        var target = TemporalConnection.Configuration(target: ChannelTarget(host: "127.0.0.1", port: proxy.port))
        // Answers that never come are not waited for longer than the test can afford.
        target.limits.callTimeout = .seconds(2)
        let connection = try await TemporalConnection.connect(target)
        var configuration = BridgeConfiguration(
            kafka: kafka, deadLetterTopic: topics.deadLetters, groupID: "payment-saga-bridge")
        configuration.sessionTimeout = Self.sessionTimeout
        // A join that the mock cluster has forgotten is asked for again when the poll interval is over.
        configuration.maximumPollInterval = .seconds(30)
        configuration.commitInterval = .milliseconds(100)
        configuration.observationInterval = .milliseconds(100)
        configuration.backoff = Backoff(initialDelay: .milliseconds(20), maximumDelay: .milliseconds(200))
        configure(&configuration)
        let bridge = WorkflowBridge(
            configuration: configuration, routes: Route.payments(topics: topics, taskQueue: name),
            workflows: TemporalWorkflowClient(client: TemporalClient(connection)), logger: logs.logger,
            metricsFactory: metrics)
        let result = try await running({ try await bridge.run() }, while: body)
        await connection.close()
        return result
    }

    /// Starts `payment-saga bridge` as a process of its own, which can be killed.
    func startBridgeProcess() async throws -> ServerProcess {
        guard let folder = Bundle.main.executableURL?.deletingLastPathComponent() else {
            throw CocoaError(.fileNoSuchFile)
        }
        let logs = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
        return try await ServerProcess.launch(
            executable: folder.appending(path: "payment-saga").path,
            arguments: [
                "bridge", "--kafka-bootstrap-servers", kafka.bootstrapServers, "--temporal-address",
                "127.0.0.1:\(proxy.port)", "--kafka-properties", "fetch.wait.max.ms=20", "--kafka-session-timeout",
                "\(Self.sessionTimeout.components.seconds)s",
            ], folder: logs)
    }

    /// The payment of that number.
    func payment(_ number: Int) -> String { "\(name)-\(number)" }

    /// Sends records in order, and returns where each went.
    @discardableResult
    func send(_ records: [ProducerRecord]) async throws -> [KafkaDelivery] {
        var deliveries: [KafkaDelivery] = []
        for record in records { deliveries.append(try await producer.send(record)) }
        return deliveries
    }

    /// What the dead-letter topic holds now, what was done about letters included.
    func deadLetters() async throws -> [KafkaRecord] {
        let reader = try await KafkaReader(kafka, topics: [topics.deadLetters])
        var letters: [KafkaRecord] = []
        for await event in reader.events {
            if case .records(let records) = event { letters += records }
            if case .endOfPartition = event { break }
        }
        await reader.close()
        return letters
    }

    /// What the group has committed. Only when no bridge runs: it asks as a member of the group.
    func committed() async throws -> [TopicPartition: Int64] {
        var group = KafkaConsumerConfiguration(groupID: "payment-saga-bridge", topics: [topics.requests])
        group.assignment = .roundRobin
        // Asking joins the group, and the mock cluster goes by the session timeout of whoever joined last: with a
        // longer one, the next bridge would be thrown out while it waits to be let in.
        group.sessionTimeout = Self.sessionTimeout
        let consumer = try KafkaConsumer(kafka, group)
        let all = [topics.requests, topics.confirmations, topics.cancellations].flatMap { topic in
            (0..<Int32(partitions)).map { TopicPartition(topic: topic, partition: $0) }
        }
        let offsets = try await consumer.committedOffsets(of: all, timeout: .seconds(60))
        await consumer.close()
        return offsets
    }

    /// How many records bridges of this process have applied.
    var applied: Int {
        [topics.requests, topics.confirmations, topics.cancellations].reduce(0) { sum, topic in
            let counter = try? metrics.expectCounter("payment_saga_bridge_applied", [("topic", topic)])
            return sum + Int(counter?.values.reduce(0, +) ?? 0)
        }
    }

    /// How often bridges of this process have looked for a workflow that a signal or a start did not go to.
    var searches: Int {
        metrics.timers(label: "payment_saga_bridge_call_latency")
            .filter { $0.dimensions.contains { $0.0 == "call" && $0.1 == "find" } }
            .reduce(0) { $0 + $1.values.count }
    }

    /// Whether Temporal has the payment's workflow.
    func isStarted(_ payment: String) async throws -> Bool {
        do {
            _ = try await client.handle(id: payment).describe()
            return true
        } catch is WorkflowNotFoundError {
            return false
        }
    }

    /// Waits until Temporal has the workflows of all these payments.
    func waitForStarts(_ payments: [String]) async throws {
        for payment in payments { try await eventually { try await isStarted(payment) } }
    }
}

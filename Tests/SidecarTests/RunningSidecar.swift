import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kafka
import Logging
import PaymentEvents
import Sidecar
import Temporal
import TemporalTestSupport
import Testing

/// The sidecar as it runs: real HTTP on a loopback port, Temporal's development server, and a Kafka cluster in this
/// process.
struct RunningSidecar: Sendable {
    let port: Int
    let kafka: KafkaConfiguration
    let cluster: MockKafkaCluster
    let client: TemporalClient
    fileprivate let serving: Task<Void, any Error>

    /// Calls with a connection of its own.
    func call(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:], _ body: String? = nil
    ) async throws -> Answer {
        try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
            let request = TestClient.Request(path, method: method, headers: headers, body: body.map(ByteBuffer.init))
            let response = try await client.execute(request)
            let answer = Answer(response.status, response.headers, response.body)
            try InterfaceDescription.shared.check(answer, to: method, path)
            return answer
        }
    }

    /// The oldest record of a topic that holds one.
    func firstRecord(of topic: String) async throws -> KafkaRecord {
        let reader = try await KafkaReader(kafka, topics: [topic])
        var found: KafkaRecord?
        for await case .records(let records) in reader.events {
            found = records.first
            break
        }
        await reader.close()
        return try #require(found)
    }

    /// Asks for the end, and waits for it.
    func stop() async throws {
        serving.cancel()
        try await serving.value
    }

    /// Runs `body` with a sidecar, by default on the server that all tests share.
    static func with(
        _ server: TemporalDevServer? = nil, _ body: (RunningSidecar) async throws -> Void
    ) async throws {
        let server = if let server { server } else { try await TemporalDevServer.shared() }
        let connection = try await TemporalConnection.connect(
            .init(target: ChannelTarget(host: server.host, port: server.port)))
        let cluster = try MockKafkaCluster()
        do {
            for topic in [Topics().requests, Topics().cancellations, Topics().outcomes] {
                try cluster.createTopic(topic, partitions: 2)
            }
            let kafka = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
            let sidecar = try await start(0, kafka, cluster, TemporalClient(connection))
            do {
                try await body(sidecar)
            } catch {
                try? await sidecar.stop()
                throw error
            }
            try await sidecar.stop()
        } catch {
            await cluster.close()
            await connection.close()
            throw error
        }
        await cluster.close()
        await connection.close()
    }

    /// Starts a second sidecar with the same dependencies.
    func startAnother(port: Int) async throws -> RunningSidecar {
        try await Self.start(port, kafka, cluster, client)
    }

    private static func start(
        _ port: Int, _ kafka: KafkaConfiguration, _ cluster: MockKafkaCluster, _ client: TemporalClient
    ) async throws -> RunningSidecar {
        let (ports, started) = AsyncStream<Int>.makeStream()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let serving = Task {
            defer { started.finish() }
            let configuration = SidecarConfiguration(port: port, kafka: kafka)
            try await Sidecar(configuration: configuration, client: client, logger: logger).run { started.yield($0) }
        }
        for await port in ports {
            return RunningSidecar(port: port, kafka: kafka, cluster: cluster, client: client, serving: serving)
        }
        try await serving.value
        throw CancellationError()
    }
}

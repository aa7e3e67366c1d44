import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kafka
import Logging
import PaymentEvents
import Simulators
import Synchronization
import Testing

/// Simulators under test: real HTTP on a loopback port, and a Kafka cluster in this process.
struct RunningSimulators: Sendable {
    let port: Int
    let kafka: KafkaConfiguration
    let topics = Topics()
    fileprivate let serving: Task<Void, any Error>

    /// Calls with a connection of its own.
    func call(
        _ method: HTTPRequest.Method, _ path: String, key: String? = nil, _ body: String? = nil,
        timeout: Duration = .seconds(15)
    ) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let key { headers[HTTPField.Name("Idempotency-Key")!] = key }
        return try await TestClient.withClient(
            host: "127.0.0.1", port: port, configuration: .init(timeout: timeout)
        ) { [headers] client in
            let request = TestClient.Request(path, method: method, headers: headers, body: body.map(ByteBuffer.init))
            return Answer(try await client.execute(request))
        }
    }

    func charge(_ id: String, _ token: String, units: Int = 1050, timeout: Duration = .seconds(15)) async throws
        -> Answer
    {
        let body = """
            {"payment_id": "\(id)", "amount": {"currency": "EUR", "minor_units": \(units)}, "method_token": "\(token)"}
            """
        return try await call(.post, "/gateway/charges", key: id, body, timeout: timeout)
    }

    /// Asks for the end, and waits for it.
    func stop() async throws {
        serving.cancel()
        try await serving.value
    }

    /// Reads confirmations until one for `paymentID` comes, and returns all that came.
    func confirmations(until paymentID: String) async throws -> [KafkaRecord] {
        let reader = try await KafkaReader(kafka, topics: [topics.confirmations])
        var records: [KafkaRecord] = []
        for await case .records(let batch) in reader.events {
            records += batch
            if batch.contains(where: { $0.key == Array(paymentID.utf8) }) { break }
        }
        await reader.close()
        return records
    }
}

/// What a provider answered.
struct Answer: Sendable {
    let status: Int
    private let text: String

    init(_ response: TestClient.Response) {
        status = response.status.code
        text = response.body.map { String(buffer: $0) } ?? ""
    }

    subscript(name: String) -> String? {
        let object = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
        return object?[name].map { "\($0)" }
    }
}

/// Runs `body` with simulators that confirm after `confirmationDelay`, and ends everything afterwards.
func withSimulators(
    confirmationDelay: Duration = .milliseconds(10), lateAnswerDelay: Duration = .seconds(20),
    lateConfirmationDelay: Duration = .seconds(600), logger: Logger = .quiet,
    _ body: (RunningSimulators, MockKafkaCluster) async throws -> Void
) async throws {
    let cluster = try MockKafkaCluster()
    let kafka = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
    do {
        try cluster.createTopic(Topics().confirmations, partitions: 1)
        var configuration = SimulatorsConfiguration(kafka: kafka, confirmationDelay: confirmationDelay)
        configuration.lateAnswerDelay = lateAnswerDelay
        configuration.lateConfirmationDelay = lateConfirmationDelay
        let running = try await start(configuration, logger)
        do {
            try await body(running, cluster)
        } catch {
            try? await running.stop()
            throw error
        }
        try await running.stop()
    } catch {
        await cluster.close()
        throw error
    }
    await cluster.close()
}

/// Starts simulators and returns when they accept connections.
func start(_ configuration: SimulatorsConfiguration, _ logger: Logger = .quiet) async throws -> RunningSimulators {
    let (ports, port) = AsyncStream<Int>.makeStream()
    let serving = Task {
        defer { port.finish() }
        try await Simulators(configuration: configuration, logger: logger).run { port.yield($0) }
    }
    for await port in ports {
        return RunningSimulators(port: port, kafka: configuration.kafka, serving: serving)
    }
    try await serving.value
    throw CancellationError()
}

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

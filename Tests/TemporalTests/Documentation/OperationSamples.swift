import Foundation
import Logging
import ServiceLifecycle
import Temporal
import TemporalTesting
import Testing
import UnixSignals

@Suite("Documentation: operation", .timeLimit(.minutes(5)))
struct OperationSamples {
    func runUntilAsked(_ worker: Worker, _ others: [any Service], _ logger: Logger) async throws {
        let group = ServiceGroup(
            services: others + [worker], gracefulShutdownSignals: [.sigterm], cancellationSignals: [.sigint],
            logger: logger)
        try await group.run()
    }

    private struct EndsAtOnce: Service {
        func run() async throws {}
    }

    @Test("A worker in a service group ends in order with it")
    func services() async throws {
        let environment = TestEnvironment()
        let worker = Worker(
            client: environment.client, configuration: WorkerConfiguration(taskQueue: "q"),
            workflows: [CompositionSamples.Line.self], logger: Logger(label: "q") { _ in SwiftLogNoOpLogHandler() })
        let silent = Logger(label: "q") { _ in SwiftLogNoOpLogHandler() }
        // A service that ends by itself ends its group.
        await #expect(throws: ServiceGroupError.self) { try await runUntilAsked(worker, [EndsAtOnce()], silent) }
    }
    static func tuned(_ taskQueue: String) -> WorkerConfiguration {
        var configuration = WorkerConfiguration(
            taskQueue: taskQueue, maximumCachedWorkflows: 5000, maximumConcurrentActivities: 40,
            workflowPollers: .autoscaling(), activityPollers: .autoscaling(max: 20))
        configuration.maximumActivitiesPerSecond = 50
        configuration.activityGracePeriod = .seconds(20)
        return configuration
    }

    @Test("A tuned worker serves")
    func tuning() async throws {
        let environment = TestEnvironment()
        let worker = Worker(
            client: environment.client, configuration: Self.tuned("q"), workflows: [CompositionSamples.Line.self],
            logger: Logger(label: "q") { _ in SwiftLogNoOpLogHandler() })
        let serving = Task { try await worker.run() }
        let run = try await environment.client.startWorkflow(
            CompositionSamples.Line.self, "tea", options: .init(id: "l", taskQueue: "q"))
        #expect(try await run.result() == 3)
        worker.shutdown()
        try await serving.value
    }
    static func cloud(_ namespace: String, _ address: String, apiKey: String) throws -> TemporalConnection.Configuration
    {
        guard let target = ChannelTarget(address) else { throw ApplicationFailure("no address", type: "Configuration") }
        return .init(target: target, namespace: namespace, security: .tls(), apiKey: apiKey)
    }

    static func ownServer(
        _ host: String, authority: String, chain: String, key: String
    ) -> TemporalConnection.Configuration {
        let certificate = ChannelSecurity.ClientCertificate(chain: chain, privateKey: key)
        return .init(
            target: ChannelTarget(host: host, port: 7233),
            security: .tls(rootCertificates: authority, clientCertificate: certificate))
    }

    @Test("No secret is printed, and credentials that cannot work are refused")
    func credentials() async throws {
        let cloud = try Self.cloud("shop.a1b2c", "eu-central-1.aws.api.temporal.io:7233", apiKey: "very-secret")
        #expect(cloud.target.port == 7233)
        #expect(!"\(cloud)".contains("very-secret"))
        let own = Self.ownServer("127.0.0.1", authority: "/etc/ca.pem", chain: "", key: "very-secret")
        #expect(!"\(own)".contains("very-secret"))
        let error = await #expect(throws: TemporalRPCError.self) { try await TemporalConnection.connect(own) }
        #expect(error?.message.contains("not PEM") == true)
    }
    /// Notes with every workflow who started it.
    struct Signature: ClientInterceptor {
        let name: String

        func startWorkflow(
            _ call: StartWorkflowCall, next: (StartWorkflowCall) async throws -> UntypedWorkflowHandle
        ) async throws -> UntypedWorkflowHandle {
            var call = call
            call.options.memo = call.options.memo ?? [:]
            call.options.memo?["started-by"] = try DataConverter.standard.payload(encoding: name)
            return try await next(call)
        }
    }

    @Test("A client's interceptor")
    func interceptor() async throws {
        let connection = try await liveConnection()
        let client = TemporalClient(connection, interceptors: [Signature(name: "front desk")])
        let run = try await client.startWorkflow(
            CompositionSamples.Line.self, "tea",
            options: .init(id: UUID().uuidString, taskQueue: "nobody-\(UUID().uuidString)"))
        let memo = try #require(try await run.describe().execution.memo["started-by"])
        #expect(try client.converter.decode(String.self, from: memo) == "front desk")
        try await run.terminate(reason: "done with it")
    }
}

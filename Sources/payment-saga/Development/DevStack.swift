import Foundation
import Kafka
import Ledger
import Temporal

/// The whole system on one machine: Temporal's development server, a small broker, and every role, each as a child process
/// on free loopback ports.
actor DevStack {
    /// Where its parts are found.
    struct Addresses: Sendable {
        let broker: String
        let temporal: String
        let temporalWeb: String
        let simulators: String
        let sidecar: String
        /// Those of the bridge and the worker; the sidecar and the simulators have theirs at /metrics.
        let metrics: [String]
    }

    struct Configuration: Sendable {
        var temporalTool: String
        var confirmationTimeout: DurationArgument
        /// 0 takes a free one.
        var sidecarPort: Int
        /// Where everything is kept.
        var folder: URL
    }

    private static let startLimit = Duration.seconds(60)
    private static let endLimit = Duration.seconds(15)

    /// Where everything is kept.
    nonisolated let folder: URL
    nonisolated let ledgerPath: String
    /// Each time a child ends that was not asked to.
    nonisolated let failures: AsyncStream<CommandFailure>

    private let configuration: Configuration
    private let program: String
    private let environment: [String: String]
    private let failure: AsyncStream<CommandFailure>.Continuation
    private var members: [String: StackMember] = [:]
    private var workerArguments: [String] = []

    /// - Throws: When the folder can't be made.
    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        folder = configuration.folder
        try FileManager.default.createDirectory(at: configuration.folder, withIntermediateDirectories: true)
        program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var environment = ProcessInfo.processInfo.environment
        environment[EndRequests.exitWithParentVariable] = "1"
        environment[Setting.logLevel.variable] = environment[Setting.logLevel.variable] ?? "warning"
        self.environment = environment
        ledgerPath = configuration.folder.appending(path: "ledger.sqlite").path
        (failures, failure) = AsyncStream.makeStream()
    }

    /// Starts everything, and returns when all of it serves. Call ``stop()`` whatever comes of it.
    func start() async throws -> Addresses {
        let temporalPort = try LoopbackPort.free()
        let webPort = try LoopbackPort.free()
        try startTemporal(port: temporalPort, webPort: webPort)
        let broker = try await start("dev-broker", []).firstLine(within: Self.startLimit)
        try await DevAccounts.open(in: SQLiteLedger(path: ledgerPath))
        let temporal = "127.0.0.1:\(temporalPort)"
        try await TemporalConnection.connect(
            .init(target: ChannelTarget(host: "127.0.0.1", port: temporalPort), connectTimeout: Self.startLimit)
        ).close()

        let kafka = ["--kafka-bootstrap-servers", broker]
        let servers = kafka + ["--temporal-address", temporal, "--temporal-namespace", "default"]
        let simulators = try await address(of: start("simulators", kafka))
        workerArguments =
            servers + [
                "--ledger", ledgerPath, "--gateway-url", simulators, "--fraud-url", simulators,
                "--notifications-url", simulators, "--inventory-url", simulators, "--shipping-url", simulators,
                "--metrics-port", "0",
            ]
        // The broker in memory holds back what arrives while a consumer waits until the wait is over.
        let bridgeArguments = [
            "--kafka-properties", "fetch.wait.max.ms=10", "--confirmation-timeout",
            configuration.confirmationTimeout.text, "--metrics-port", "0",
        ]
        let others = [
            try start("bridge", servers + bridgeArguments),
            try start("worker", workerArguments),
        ]
        let sidecar = try start("sidecar", servers + ["--sidecar-port", "\(configuration.sidecarPort)"])
        var metrics: [String] = []
        for member in others { metrics.append(try await address(of: member) + "/metrics") }
        return Addresses(
            broker: broker, temporal: temporal, temporalWeb: "http://127.0.0.1:\(webPort)", simulators: simulators,
            sidecar: try await address(of: sidecar), metrics: metrics)
    }

    /// Ends the worker as a crash would, and starts another.
    func crashWorker() async throws {
        guard let worker = members.removeValue(forKey: "worker") else { return }
        worker.process.signal(SIGKILL)
        _ = await worker.process.status
        _ = try await start("worker", workerArguments).firstLine(within: Self.startLimit)
    }

    /// Ends every child and waits until all are gone: first the roles, then what they depend on.
    func stop() async {
        let ending = members
        members = [:]
        let servers: Set = ["temporal", "dev-broker"]
        await Self.end(ending.values.filter { !servers.contains($0.name) })
        await Self.end(ending.values.filter { servers.contains($0.name) })
    }

    private static func end(_ members: [StackMember]) async {
        await withTaskGroup { group in
            for member in members {
                group.addTask { await member.process.end(within: endLimit) }
            }
        }
    }

    private func startTemporal(port: Int, webPort: Int) throws {
        let home = configuration.folder.appending(path: "temporal-home")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let server = TemporalTool.serverArguments(
            port: port, webPort: webPort, database: configuration.folder.appending(path: "temporal.db"))
        try start(
            "temporal", command: ["supervise", "--", configuration.temporalTool] + server,
            environment: TemporalTool.environment(environment, home: home))
    }

    private func start(_ role: String, _ arguments: [String]) throws -> StackMember {
        try start(role, command: [role] + arguments, environment: environment)
    }

    @discardableResult
    private func start(_ name: String, command: [String], environment: [String: String]) throws -> StackMember {
        let member = try StackMember(
            name: name, program: program, arguments: command, environment: environment, folder: configuration.folder)
        members[name] = member
        Task {
            let status = await member.process.status
            // Those that were asked to end are members no more.
            guard members[name]?.process.pid == member.process.pid else { return }
            failure.yield(CommandFailure("\(name) ended unexpectedly with \(status)\(member.logTail)"))
        }
        return member
    }

    private func address(of member: StackMember) async throws -> String {
        let line = try await member.firstLine(within: Self.startLimit)
        return String(line.split(separator: " ").last ?? "")
    }
}

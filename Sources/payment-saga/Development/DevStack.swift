import FaultInjection
import Foundation
import Kafka
import Ledger
import PaymentEvents
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
        /// What its topics are called.
        var topics = Topics()
        /// Whether bridge and worker reach Temporal through ``DevStack/proxies``, and the group of the bridge soon notices
        /// that it is gone.
        var isDisturbed = false
    }

    private static let startLimit = Duration.seconds(60)
    private static let endLimit = Duration.seconds(15)

    /// Where everything is kept.
    nonisolated let folder: URL
    nonisolated let ledgerPath: String
    nonisolated let topics: Topics
    /// Each time a child ends that was not asked to.
    nonisolated let failures: AsyncStream<CommandFailure>

    private let configuration: Configuration
    private let program: String
    private let environment: [String: String]
    private let failure: AsyncStream<CommandFailure>.Continuation
    private var members: [String: StackMember] = [:]
    private var arguments: [String: [String]] = [:]
    /// Those who tell whether they are ready, and where.
    private var roles: [(member: StackMember, address: String)] = []
    private var temporalPorts = (server: 0, web: 0)
    /// Between the bridge or the worker, by its name, and Temporal; empty unless the stack is to be disturbed.
    private(set) var proxies: [String: FaultProxy] = [:]

    /// - Throws: When the folder can't be made.
    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        folder = configuration.folder
        topics = configuration.topics
        try FileManager.default.createDirectory(at: configuration.folder, withIntermediateDirectories: true)
        program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var environment = ProcessInfo.processInfo.environment
        environment[EndRequests.exitWithParentVariable] = "1"
        environment[Setting.logLevel.variable] = environment[Setting.logLevel.variable] ?? "warning"
        self.environment = environment.merging(topics.environment) { $1 }
        ledgerPath = configuration.folder.appending(path: "ledger.sqlite").path
        (failures, failure) = AsyncStream.makeStream()
    }

    /// Starts everything, and returns when all processes run, see ``waitUntilReady()``. Call ``stop()`` whatever comes of it.
    func start() async throws -> Addresses {
        let temporalPort = try LoopbackPort.free()
        let webPort = try LoopbackPort.free()
        temporalPorts = (temporalPort, webPort)
        try startTemporal()
        let broker = try await start("dev-broker", []).firstLine(within: Self.startLimit)
        try await DevAccounts.open(in: SQLiteLedger(path: ledgerPath))
        let temporal = "127.0.0.1:\(temporalPort)"
        try await TemporalConnection.connect(
            .init(target: ChannelTarget(host: "127.0.0.1", port: temporalPort), connectTimeout: Self.startLimit)
        ).close()

        let kafka = ["--kafka-bootstrap-servers", broker]
        func servers(of role: String) throws -> [String] {
            kafka + ["--temporal-address", try way(from: role, to: temporalPort), "--temporal-namespace", "default"]
        }
        let simulators = try await address(of: start("simulators", kafka))
        arguments["worker"] =
            try servers(of: "worker") + [
                "--ledger", ledgerPath, "--gateway-url", simulators, "--fraud-url", simulators,
                "--notifications-url", simulators, "--inventory-url", simulators, "--shipping-url", simulators,
                "--metrics-port", "0",
            ]
        // The broker in memory holds back what arrives while a consumer waits until the wait is over.
        arguments["bridge"] =
            try servers(of: "bridge") + [
                "--kafka-properties", "fetch.wait.max.ms=10", "--confirmation-timeout",
                configuration.confirmationTimeout.text, "--kafka-session-timeout",
                configuration.isDisturbed ? "6s" : "45s", "--metrics-port", "0",
            ]
        let (bridge, worker) = (try start("bridge"), try start("worker"))
        let sidecar = try start("sidecar", servers(of: "sidecar") + ["--sidecar-port", "\(configuration.sidecarPort)"])
        let sidecarAddress = try await address(of: sidecar)
        let others = [(bridge, try await address(of: bridge)), (worker, try await address(of: worker))]
        roles = others + [(sidecar, sidecarAddress)]
        return Addresses(
            broker: broker, temporal: temporal, temporalWeb: "http://127.0.0.1:\(webPort)", simulators: simulators,
            sidecar: sidecarAddress, metrics: others.map { $1 + "/metrics" })
    }

    /// Waits until every role can do its work. The bridge joins its group first, which takes seconds.
    /// - Throws: ``CommandFailure`` naming the role that can't in time, and what it lacks; `CancellationError`.
    func waitUntilReady() async throws {
        for (member, address) in roles { try await member.waitUntilReady(at: address, within: Self.startLimit) }
    }

    /// Ends a part as a crash would, and starts it again: `bridge`, `worker` or `temporal`.
    func crash(_ name: String) async throws {
        guard let member = members.removeValue(forKey: name) else { return }
        kill(Self.program(of: member), SIGKILL)
        _ = await member.process.status
        guard name != "temporal" else { return try startTemporal() }
        _ = try await start(name).firstLine(within: Self.startLimit)
    }

    /// Stops a part where it stands, or lets it go on.
    func setPaused(_ name: String, _ isPaused: Bool) {
        guard let member = members[name] else { return }
        kill(Self.program(of: member), isPaused ? SIGSTOP : SIGCONT)
    }

    /// The program that does the work: the child of those that only supervise.
    private static func program(of member: StackMember) -> pid_t {
        let tasks = "/proc/\(member.process.pid)/task"
        // Any thread may have started it.
        for thread in (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? [] {
            let children = (try? String(contentsOfFile: "\(tasks)/\(thread)/children", encoding: .utf8)) ?? ""
            if let child = children.split(separator: " ").first.flatMap({ pid_t($0) }) { return child }
        }
        return member.process.pid
    }

    private func way(from role: String, to temporalPort: Int) throws -> String {
        guard configuration.isDisturbed else { return "127.0.0.1:\(temporalPort)" }
        let proxy = try FaultProxy(target: temporalPort)
        proxies[role] = proxy
        return "127.0.0.1:\(proxy.port)"
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

    private func startTemporal() throws {
        let home = configuration.folder.appending(path: "temporal-home")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let server = TemporalTool.serverArguments(
            port: temporalPorts.server, webPort: temporalPorts.web,
            database: configuration.folder.appending(path: "temporal.db"))
        try start(
            "temporal", command: ["supervise", "--", configuration.temporalTool] + server,
            environment: TemporalTool.environment(environment, home: home))
    }

    /// Starts a part with the arguments it is always started with.
    private func start(_ role: String) throws -> StackMember { try start(role, arguments[role] ?? []) }

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

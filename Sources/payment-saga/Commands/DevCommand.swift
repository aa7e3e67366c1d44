import ArgumentParser
import Foundation
import Kafka
import Ledger
import PaymentEvents

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Runs everything on this machine, makes payments of all kinds, and checks what came of each.",
        discussion: """
            Starts Temporal's development server, a Kafka broker in memory, simulated providers, the bridge, a worker and \
            the sidecar, on free ports of 127.0.0.1. Payments are made when every role is ready. The exit status is 0 \
            only if every payment had exactly the outcome expected and the ledger balances. Ctrl-C stops everything.
            """)

    private static let interrupted: Int32 = 130

    @Option(help: ArgumentHelp("How many payments to make; 0 for none.", valueName: "count"))
    var payments = 200

    @Flag(help: "Leave everything running afterwards, whatever came of the payments, until Ctrl-C.")
    var keep = false

    @Option(help: ArgumentHelp("How long the gateway's confirmation of a payment may take.", valueName: "time"))
    var confirmationTimeout = DurationArgument(seconds: 5)

    @Option(help: ArgumentHelp("How long all outcomes may take to come.", valueName: "time"))
    var deadline = DurationArgument(seconds: 120)

    @Option(
        help: ArgumentHelp(
            "Where to keep the data, and to find it again; a temporary folder unless given.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("The sidecar's port; 0 takes a free one.", valueName: "port"))
    var sidecarPort: UInt16 = 0

    @Option(help: ArgumentHelp("What payments to make, one JSON object a line.", valueName: "file"))
    var examples = "Examples/payments.jsonl"

    @Option(
        help: ArgumentHelp(
            "kill -9 the worker process after that many outcomes and start it again, to show that nothing is lost.",
            valueName: "outcomes"))
    var killWorkerAfter: Int?

    @OptionGroup var topics: TopicOptions

    func validate() throws {
        guard (0...100_000).contains(payments) else {
            throw ValidationError("--payments must be from 0 to 100000: the development broker keeps no more")
        }
        if let killWorkerAfter, !(1...max(1, payments)).contains(killWorkerAfter) {
            throw ValidationError("--kill-worker-after must be from 1 to the number of payments")
        }
    }

    func run() async throws {
        let topics = try Settings(options: topics.given).topics()
        let tool = try TemporalTool.find()
        let run = "dev-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        let workload = try Workload(
            payments == 0 ? [] : ExampleFile.read(examples), count: payments, run: run, topic: topics.requests)
        let folder = URL(filePath: data ?? "\(FileManager.default.temporaryDirectory.path)/payment-saga-\(run)")
        let stack = try DevStack(
            .init(
                temporalTool: tool, confirmationTimeout: confirmationTimeout, sidecarPort: Int(sidecarPort),
                folder: folder.absoluteURL, topics: topics))
        let isComplete = Latch()
        try await Lifetime.run { try await work(on: stack, workload, isComplete) }
        if data == nil { try? FileManager.default.removeItem(at: folder) }
        guard isComplete.isTripped else { throw ExitCode(Self.interrupted) }
    }

    /// Runs the demonstration on the stack, which is gone when this returns. Data and logs stay when it throws.
    private func work(on stack: DevStack, _ workload: Workload, _ isComplete: Latch) async throws {
        let result: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await demonstrate(on: stack, workload, isComplete) }
                group.addTask {
                    for await failure in stack.failures { throw failure }
                }
                try await group.next()
                group.cancelAll()
                // Asked to end, both are cancelled, and either may be the first: what the demonstration says counts.
                try await group.waitForAll()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await stack.stop()
        try result.get()
    }

    private func demonstrate(on stack: DevStack, _ workload: Workload, _ isComplete: Latch) async throws {
        let addresses = try await stack.start()
        Terminal.line("sidecar          \(addresses.sidecar)")
        Terminal.line("Temporal         \(addresses.temporal)")
        Terminal.line("Temporal web UI  \(addresses.temporalWeb)")
        Terminal.line("Kafka broker     \(addresses.broker)")
        Terminal.line("providers        \(addresses.simulators)")
        Terminal.line("metrics          \(addresses.metrics.joined(separator: " "))")
        Terminal.line("data and logs    \(stack.folder.path)")
        try await stack.waitUntilReady()
        if payments > 0 {
            let demonstration = Demonstration(
                workload: workload,
                kafka: KafkaConfiguration(
                    bootstrapServers: addresses.broker, properties: ["fetch.wait.max.ms": "10"]),
                topics: stack.topics, ledger: try SQLiteLedger(path: stack.ledgerPath), limit: deadline.value,
                outcomesBeforeCrash: killWorkerAfter, crashWorker: { try await stack.crash("worker") })
            let report = try await demonstration.run()
            Terminal.line()
            Terminal.line(report.text)
            guard report.isAsExpected else {
                if keep { await stay() }
                throw CommandFailure("not everything came out as expected; data and logs are in \(stack.folder.path)")
            }
        }
        isComplete.trip()
        if keep { await stay() }
    }

    private func stay() async {
        Terminal.line("running until Ctrl-C")
        // Ends when the command is asked to end.
        try? await Task.sleep(for: .seconds(Int64.max / 2))
    }
}

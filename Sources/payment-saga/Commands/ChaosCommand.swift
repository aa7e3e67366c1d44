import ArgumentParser
import Foundation
import Kafka
import Ledger
import PaymentEvents

struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract:
            "Runs the whole stack under load, disturbs it at random, and checks that nothing was lost or done twice.",
        discussion: """
            Parts are killed with SIGKILL, stopped for a while, and cut off from Temporal, as the seed says. Then all is left \
            in peace until everything has come out. The exit status is 0 only if then

            I1, I4: every payment has exactly the outcome expected, repeated only with the same event id;
            I2, I3: the ledger's audit finds nothing wrong, and every balance is what the outcomes make it;
            I5: no record is missing that was committed when its bridge was killed (its payment would have no outcome);
            I6: the gateway holds a charge for the payments that succeeded, and for no other.
            """,
        shouldDisplay: false)

    /// How long everything may take to come out once all is left in peace.
    private static let drainLimit = Duration.seconds(240)

    @Option(help: ArgumentHelp("For how long to disturb.", valueName: "minutes"))
    var minutes = 2.0

    @Option(help: "What the disturbances follow from.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("How many payments to make each second.", valueName: "count"))
    var rate = 2.0

    @Option(help: ArgumentHelp("What payments to make, one JSON object a line.", valueName: "file"))
    var examples = "Examples/payments.jsonl"

    func validate() throws {
        guard minutes > 0, minutes <= 1_440 else { throw ValidationError("--minutes must be above 0, up to 1440") }
        guard rate > 0, rate <= 100 else { throw ValidationError("--rate must be above 0, up to 100") }
    }

    func run() async throws {
        let tool = try TemporalTool.find()
        let run = "chaos-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        let time = Duration.seconds(minutes * 60)
        let topics = try Settings(options: [:]).topics()
        let workload = try Workload(
            ExampleFile.read(examples), count: max(1, Int(time.seconds * rate)), run: run, topic: topics.requests)
        let folder = FileManager.default.temporaryDirectory.appending(path: "payment-saga-\(run)")
        // Longer than any disturbance, so that what is expected does not depend on the disturbances.
        let stack = try DevStack(
            .init(
                temporalTool: tool, confirmationTimeout: DurationArgument(seconds: 60), sidecarPort: 0,
                folder: folder.absoluteURL, topics: topics, isDisturbed: true))
        try await Lifetime.run {
            let result: Result<Void, any Error>
            do {
                result = .success(try await work(on: stack, workload, time))
            } catch {
                result = .failure(error)
            }
            await stack.stop()
            try result.get()
        }
        try? FileManager.default.removeItem(at: folder)
    }

    private func work(on stack: DevStack, _ workload: Workload, _ time: Duration) async throws {
        let addresses = try await stack.start()
        Terminal.line(
            "seed \(seed), \(workload.payments.count) payments over \(time); logs are in \(stack.folder.path)")
        try await stack.waitUntilReady()
        let ledger = try SQLiteLedger(path: stack.ledgerPath)
        let demonstration = Demonstration(
            workload: workload,
            kafka: KafkaConfiguration(bootstrapServers: addresses.broker, properties: ["fetch.wait.max.ms": "10"]),
            topics: stack.topics, ledger: ledger, limit: time + Self.drainLimit, outcomesBeforeCrash: nil, pace: time,
            crashWorker: {})
        let failures = Task {
            for await failure in stack.failures { throw failure }
        }
        async let disturbed = disturb(stack, for: time)
        let report = try await demonstration.run()
        try await disturbed
        failures.cancel()
        try await failures.value
        let charges = GatewayAgreement(simulators: addresses.simulators)
        let differences = try await charges.differences(workload.payments.map { ($0.id, $0.expected) })
        Terminal.line()
        Terminal.line(report.text)
        Terminal.line(
            differences.isEmpty ? "the gateway agrees with every outcome" : differences.joined(separator: "\n"))
        guard report.isAsExpected, differences.isEmpty else {
            throw CommandFailure("seed \(seed): something was lost or done twice; logs are in \(stack.folder.path)")
        }
    }

    private func disturb(_ stack: DevStack, for time: Duration) async throws {
        let deadline = ContinuousClock.now + time
        var disturber = Disturber(seed: seed)
        while ContinuousClock.now < deadline {
            let (disturbance, pause) = disturber.next()
            Terminal.line("  \(disturbance)")
            try await disturber.apply(disturbance, to: stack)
            try await Task.sleep(for: pause)
        }
    }
}

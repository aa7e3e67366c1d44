public import ArgumentParser
import Foundation
import Kafka
public import LoadGenerator

struct ProduceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "produce",
        abstract: "Puts payment requests on Kafka at a steady rate, and checks that each has exactly one outcome.",
        discussion: """
            An open loop: requests are sent when they are due, whether earlier ones have come out or not, and latencies \
            count from when a request was due. The exit status is 0 only if every request has exactly one outcome, the one \
            its example expects.
            """)

    @Option(help: ArgumentHelp("How many requests to send in a second.", valueName: "number"))
    var rate = 20.0

    @Option(help: ArgumentHelp("How many requests to send.", valueName: "number"))
    var count: Int?

    @Option(help: ArgumentHelp("How long to send requests; 30s unless this or --count is given.", valueName: "time"))
    var duration: DurationArgument?

    @Option(help: "How requests are spread over time: constant, or poisson as those of many people.")
    var arrivals = LoadPlan.Arrivals.constant

    @Option(help: "How examples, and with them accounts, are chosen: weighted, uniform, or zipf for a few hot ones.")
    var keys = LoadPlan.Keys.weighted

    @Option(
        help: ArgumentHelp(
            "How many of the requests are to end otherwise than by success, from 0 to 1; by the examples' weights unless given.",
            valueName: "share"))
    var faults: Double?

    @Option(help: ArgumentHelp("How many of the requests are sent twice, from 0 to 1.", valueName: "share"))
    var repeated = 0.0

    @Option(help: ArgumentHelp("The same seed gives the same load.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("What payments to make, one JSON object a line.", valueName: "file"))
    var examples = "Examples/payments.jsonl"

    @Option(
        help: ArgumentHelp("How long outcomes may take after the last request was sent.", valueName: "time"))
    var patience = DurationArgument(seconds: 60)

    @Option(help: ArgumentHelp("Where to write the results as JSON.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Where to write the results as a page with charts.", valueName: "file"))
    var html: String?

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var topics: TopicOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard rate > 0, rate <= 100_000 else { throw ValidationError("--rate must be above 0 and at most 100000") }
        guard count == nil || duration == nil else { throw ValidationError("give --count or --duration, not both") }
        guard (1...10_000_000).contains(requests) else {
            throw ValidationError("that makes \(requests) requests: it must be 1 to 10000000")
        }
        for (name, share) in [("faults", faults ?? 0), ("repeated", repeated)] where !(0...1).contains(share) {
            throw ValidationError("--\(name) must be from 0 to 1")
        }
    }

    func run() async throws {
        let settings = Settings(options: kafka.given.adding(topics.given, log.given))
        let logger = try settings.logger(label: "produce")
        let topics = try settings.topics()
        let kinds = LoadKind.all(of: try ExampleFile.read(examples), faults: faults)
        guard kinds.contains(where: { $0.weight > 0 }) else {
            throw CommandFailure("the examples hold no such payment", status: CommandFailure.badInput)
        }
        let parameters = LoadReport.Parameters(
            rate: rate, count: requests, arrivals: arrivals, keys: keys, repeated: repeated, seed: seed)
        let plan = LoadPlan(
            weights: kinds.map(\.weight), count: requests, rate: rate, arrivals: arrivals, keys: keys,
            repeated: repeated, seed: seed)
        let patience = patience.value
        try await Lifetime.run { [json, html] in
            let load = Load(
                plan: plan, kinds: kinds, run: "load-\(String(UInt32.random(in: .min ... .max), radix: 36))",
                kafka: try await settings.reachableKafka(client: "produce", logger: logger), topics: topics,
                patience: patience)
            let report = try await load.run(parameters)
            if let json { try Self.write(try report.json(), to: json) }
            if let html { try Self.write(Data(LoadPage(report).html.utf8), to: html) }
            Terminal.line()
            Terminal.line(report.text)
            guard report.isReconciled else { throw ExitCode.failure }
        }
    }

    private var requests: Int {
        // Bounded by `validate` before it is used.
        count ?? Int(min(rate * (duration?.value ?? .seconds(30)).seconds, 1e9).rounded())
    }

    private static func write(_ data: Data, to path: String) throws(CommandFailure) {
        do {
            try data.write(to: URL(filePath: path))
        } catch {
            throw CommandFailure("can't write \(path): \(error.localizedDescription)")
        }
    }
}

extension LoadPlan.Arrivals: ExpressibleByArgument {}
extension LoadPlan.Keys: ExpressibleByArgument {}

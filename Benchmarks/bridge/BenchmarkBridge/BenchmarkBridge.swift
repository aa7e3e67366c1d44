import Bridge
import Foundation
import Kafka
import Logging
import PaymentEvents
import Temporal

/// How many payment requests a second the bridge turns into acknowledged starts, and what each costs: from a broker in another
/// process to a Temporal client whose server is a script of this process, so that neither's work is counted. And how many
/// records a second are consumed when nothing is done with them.
@main
struct BenchmarkBridge {
    static func main() async throws {
        if CommandLine.arguments.dropFirst().first == "broker" { return try await BrokerProcess.serve() }
        var (records, rounds) = (100_000, 3)
        var arguments = CommandLine.arguments.dropFirst()
        while let option = arguments.popFirst() {
            switch (option, arguments.popFirst().flatMap(Int.init) ?? 0) {
            // The broker keeps the newest 5 MB of a partition: more would be gone before they are read.
            case ("--records", let value) where 1...100_000 ~= value: records = value
            case ("--rounds", let value) where value > 0: rounds = value
            default:
                print("usage: scripts/benchmark bridge [--records N (at most 100000)] [--rounds N]")
                exit(64)
            }
        }
        var starts: [Measurement] = []
        var consumed: [Measurement] = []
        for round in 1...rounds {
            let broker = try BrokerProcess(records: records)
            starts.append(try await measureStarts(from: broker))
            print("round \(round) records to acknowledged starts: \(starts[round - 1])")
            broker.stop()
            let other = try BrokerProcess(records: records * 5, isSmall: true)
            consumed.append(try await measureConsumption(from: other))
            print("round \(round) consumed only: \(consumed[round - 1])")
            other.stop()
        }
        let (start, consumption) = (Measurement.median(of: starts), Measurement.median(of: consumed))
        print("median records to acknowledged starts: \(start) (goal: 20000/s, 50 µs)")
        print("median consumed only: \(consumption) (goal: 500000/s)")
        let share = String(format: "%.3f", consumption.cost / start.cost)
        print("processor, consumed only to records to acknowledged starts: \(share)")
    }

    private static func measureStarts(from broker: BrokerProcess) async throws -> Measurement {
        let endpoint = StartEndpoint(expected: broker.records)
        let client = TemporalClient(service: endpoint, namespace: "default", identity: "benchmark")
        let topics = Topics()
        let bridge = WorkflowBridge(
            configuration: BridgeConfiguration(kafka: broker.kafka, deadLetterTopic: topics.deadLetters),
            routes: Route.payments(topics: topics), client: client,
            logger: Logger(label: "bridge") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await bridge.run() }
        let measurement = await endpoint.measurement
        running.cancel()
        try await running.value
        return measurement
    }

    private static func measureConsumption(from broker: BrokerProcess) async throws -> Measurement {
        var group = KafkaConsumerConfiguration(groupID: "consume", topics: [Topics().requests])
        group.maximumBatch = 5_000
        // Room for all: librdkafka rests for a second whenever as much as this waits to be read.
        group.readAhead = broker.records
        var kafka = broker.kafka
        kafka.properties["queued.max.messages.kbytes"] = "262144"
        let consumer = try KafkaConsumer(kafka, group)
        var start: Usage?
        var count = 0
        for await event in consumer.events {
            guard case .records(let records) = event else { continue }
            if start == nil { start = Usage() }
            count += records.count
            if count >= broker.records { break }
        }
        let measurement = Measurement(records: count, since: start ?? Usage())
        await consumer.close()
        return measurement
    }
}

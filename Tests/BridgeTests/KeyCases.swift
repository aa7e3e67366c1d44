import Kafka
import PaymentEvents
import Temporal
import Testing
import WaitingTestSupport

@testable import Bridge

@Suite("Failure cases: keys and backlogs", .timeLimit(.minutes(5))) struct KeyCases {
    private let topics = SampleRecords.topics

    private func signals(_ payment: String, _ range: Range<Int>) throws -> [ProducerRecord] {
        try range.map { try SampleRecords.numberedCancellation(payment, $0) }
    }

    private func commands(_ payment: String, _ range: Range<Int>) throws -> [SignalCommand] {
        try signals(payment, range).compactMap(SampleRecords.command(of:))
    }

    @Test("Case 13: behind a poisoned key its later records are parked in order, also after a restart; others flow on")
    func poisonedKey() async throws {
        try await BridgeCluster.run { cluster in
            for payment in ["bad", "good"] { cluster.temporal.add(payment) }
            let desk = DeadLetterDesk(kafka: cluster.kafka, topic: topics.deadLetters)
            cluster.temporal.weather = .failing(workflow: "bad", .invalidArgument)
            try await cluster.send(signals("bad", 0..<3) + signals("good", 0..<3))
            try await cluster.withBridge {
                try await eventually { cluster.temporal.workflows["good"]?.signals.count == 3 }
                try await eventually { try await desk.unresolved().count == 3 }
            }
            // Temporal would take it now, but what is parked is first.
            cluster.temporal.weather = .fine
            try await cluster.send(signals("bad", 3..<5) + signals("good", 3..<5))
            let letters = try await cluster.withBridge {
                try await eventually { cluster.temporal.workflows["good"]?.signals.count == 5 }
                try await eventually { try await desk.unresolved().count == 5 }
                return try await desk.unresolved()
            }
            #expect(letters.map(\.reason) == ["refused"] + Array(repeating: "behind_parked", count: 4))
            #expect(letters.map(\.record.value) == (try signals("bad", 0..<5)).map(\.value))
            #expect(cluster.temporal.workflows["bad"]?.signals.isEmpty == true)

            try await desk.replay(letters, operator: "ann")
            try await cluster.send(signals("bad", 5..<6))
            try await cluster.withBridge {
                try await eventually { cluster.temporal.workflows["bad"]?.signals.count == 6 }
            }
            #expect(cluster.temporal.workflows["bad"]?.signals == (try commands("bad", 0..<6)))
            #expect(try await desk.unresolved().isEmpty)
        }
    }

    @Test("Case 16: backing off for longer than the poll interval, the bridge polls on and keeps its partitions")
    func longBackoff() async throws {
        try await BridgeCluster.run { cluster in
            cluster.temporal.weather = .standstill
            let calls = try await cluster.withBridge(configure: { configuration in
                configuration.drainLimit = .seconds(1)
                configuration.maximumPollInterval = .milliseconds(5_500)
                configuration.backoff = Backoff(initialDelay: .seconds(2), maximumDelay: .seconds(2))
                configuration.partitionWindow = 10
            }) {
                try await cluster.send(
                    (0..<30).map { try SampleRecords.outgoing(SampleRecords.request("p-\($0)"), to: topics.requests) })
                try await eventually { cluster.temporal.calls > 0 }
                // Longer than the poll interval, of which nothing but the absence of a revocation tells.
                try await Task.sleep(for: .seconds(8))
                let calls = cluster.temporal.calls
                cluster.temporal.weather = .fine
                try await eventually { cluster.temporal.workflows.count == 30 }
                return calls
            }
            // Had it been thrown out, the records would have come again.
            #expect(calls <= 30)
            #expect(cluster.temporal.repetitions == 0)
            #expect(try await cluster.committed() == [topics.requests: 30])
        }
    }

    @Test(
        "Case 18: thousands of records of one key hold up their partition and fill no memory; other partitions flow on")
    func hotKey() async throws {
        try await BridgeCluster.run(partitions: 2) { cluster in
            let count = 3_000
            let window = 100
            for payment in ["hot", "cold"] { cluster.temporal.add(payment) }
            try await cluster.send(
                signals("hot", 0..<count).map { record in
                    var record = record
                    record.partition = 0
                    return record
                })
            var cold = try SampleRecords.numberedCancellation("cold", 0)
            cold.partition = 1
            try await cluster.withBridge(configure: { $0.partitionWindow = window }) {
                try await eventually { (cluster.temporal.workflows["hot"]?.signals.count ?? 0) > 10 }
                try await cluster.send([cold])
                var most = 0.0
                try await eventually {
                    most = max(most, cluster.gauge("in_memory") ?? 0)
                    return cluster.temporal.workflows["cold"]?.signals.count == 1
                }
                #expect((cluster.temporal.workflows["hot"]?.signals.count ?? 0) < count)
                try await eventually {
                    most = max(most, cluster.gauge("in_memory") ?? 0)
                    return cluster.temporal.workflows["hot"]?.signals.count == count
                }
                #expect(most <= Double(window + 501))
            }
            #expect(cluster.temporal.workflows["hot"]?.signals == (try commands("hot", 0..<count)))
        }
    }
}

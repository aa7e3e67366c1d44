import Kafka
import Logging
import PaymentEvents
import Synchronization
import Testing
import WaitingTestSupport

@testable import Bridge

@Suite(.timeLimit(.minutes(5))) struct WorkflowBridgeTests {
    private let topics = SampleRecords.topics

    @Test(
        "Case 04: payments get what is meant for them; what can't be applied is dead-lettered as it was, and holds nothing up"
    )
    func goodAndBad() async throws {
        try await BridgeCluster.run { cluster in
            cluster.temporal.add("ended", ScriptedTemporal.Workflow(isOpen: false))
            var requests: [ProducerRecord] = [
                try SampleRecords.outgoing(SampleRecords.request("p-1"), to: topics.requests)
            ]
            let bad = try BadRecord.all.map { bad in
                let record = try bad.change(SampleRecords.read(SampleRecords.request("p-1"), from: topics.requests))
                return ProducerRecord(
                    topic: topics.requests, key: record.key, value: record.value, headers: record.headers)
            }
            requests += bad
            let conflict = try SampleRecords.outgoing(SampleRecords.request("p-1", minorUnits: 1), to: topics.requests)
            requests.append(conflict)
            requests.append(try SampleRecords.outgoing(SampleRecords.request("p-2"), to: topics.requests))
            let late = try SampleRecords.outgoing(SampleRecords.cancellation("ended"), to: topics.cancellations)
            let confirmedLate = try SampleRecords.outgoing(
                SampleRecords.confirmation("ended"), to: topics.confirmations)
            let unknown = try SampleRecords.outgoing(SampleRecords.confirmation("nobody"), to: topics.confirmations)
            let confirmation = try SampleRecords.outgoing(SampleRecords.confirmation("p-1"), to: topics.confirmations)
            let cancellation = try SampleRecords.outgoing(SampleRecords.cancellation("p-2"), to: topics.cancellations)
            try await cluster.send(requests + [late, confirmedLate, unknown, confirmation, cancellation])

            let letters = try await cluster.withBridge(configure: { $0.unknownWorkflowHold = .seconds(5) }) {
                try await cluster.deadLetters(bad.count + 3)
            }
            let workflows = cluster.temporal.workflows
            #expect(workflows.keys.sorted() == ["ended", "ended/late-confirmation", "p-1", "p-2"])
            #expect(workflows["p-1"]?.signals.map(\.name) == ["gateway-confirmation"])
            #expect(workflows["p-2"]?.signals.map(\.name) == ["cancel"])
            #expect(
                try await cluster.committed() == [
                    topics.requests: Int64(requests.count), topics.confirmations: 3, topics.cancellations: 2,
                ])

            let expected =
                zip(bad, BadRecord.all.map(\.reason)).map { ($0, $1) } + [
                    (conflict, .conflict), (late, .lateCancellation), (unknown, .unknownPayment),
                ]
            #expect(letters.count == expected.count)
            for (record, reason) in expected {
                let matching = letters.filter { letter in
                    letter.key == record.key && letter.value == record.value
                        && letter.headers.starts(with: record.headers)
                        && letter.headers.text(of: DeadLetterHeader.reason) == reason.rawValue
                        && letter.headers.text(of: DeadLetterHeader.topic) == record.topic
                }
                #expect(matching.count == 1, "\(reason)")
            }
        }
    }

    @Test(
        "Case 03: while Temporal is away a bounded number of records wait; when it is back all are applied, in order per key"
    )
    func outage() async throws {
        try await BridgeCluster.run { cluster in
            let payments = (0..<20).map { "p-\($0)" }
            for payment in payments { cluster.temporal.add(payment) }
            cluster.temporal.weather = .unavailable
            let requests = 2_000
            let cancellations = 500
            try await cluster.send(
                (0..<requests).map {
                    try SampleRecords.outgoing(SampleRecords.request("new-\($0)"), to: topics.requests)
                })
            try await cluster.send(
                (0..<cancellations).map { try SampleRecords.numberedCancellation(payments[$0 % payments.count], $0) })
            let window = 100
            try await cluster.withBridge(configure: { configuration in
                configuration.partitionWindow = window
                configuration.maximumInFlight = 8
            }) {
                try await eventually { (cluster.gauge("in_memory") ?? 0) >= Double(2 * window) }
                try await eventually { cluster.gauge("circuit_open") == 1 }
                let calls = cluster.temporal.calls
                // Probes only.
                try await eventually { cluster.temporal.calls > calls + 10 }
                #expect((cluster.gauge("in_memory") ?? 0) <= Double(2 * (window + 500)))
                cluster.temporal.weather = .fine
                try await eventually {
                    cluster.temporal.workflows.count == requests + payments.count
                        && cluster.temporal.workflows.values.map(\.signals.count).reduce(0, +) == cancellations
                }
            }
            #expect(cluster.temporal.mostRunning == 8)
            #expect(cluster.temporal.requestIDs.filter { $0.key.hasPrefix("new-") }.allSatisfy { $0.value.count == 1 })
            let expected = [topics.requests: Int64(requests), topics.cancellations: Int64(cancellations)]
            #expect(try await cluster.committed() == expected)
            for (number, payment) in payments.enumerated() {
                let expected = try stride(from: number, to: cancellations, by: payments.count).map { number in
                    try SampleRecords.command(of: SampleRecords.numberedCancellation(payment, number))
                }
                #expect(cluster.temporal.workflows[payment]?.signals == expected)
            }
        }
    }

    @Test("Case 01: started but not committed before a crash, payments are read again, and started once") func crash()
        async throws
    {
        try await BridgeCluster.run(partitions: 2) { cluster in
            let payments = (0..<50).map { "p-\($0)" }
            try await cluster.send(
                payments.map { try SampleRecords.outgoing(SampleRecords.request($0), to: topics.requests) })
            try cluster.cluster.failNext(
                .offsetCommit, with: Array(repeating: .topicAuthorizationFailed, count: 1_000))
            try await cluster.withBridge {
                try await eventually { cluster.temporal.workflows.count == payments.count }
            }
            #expect(cluster.temporal.repetitions == 0)
            try cluster.cluster.clearFailures(of: .offsetCommit)
            // These have ended in the meantime, the others still run.
            for payment in payments[..<25] { cluster.temporal.close(payment) }

            try await cluster.withBridge {
                try await eventually { cluster.temporal.repetitions == payments.count }
            }
            #expect(try await cluster.committed() == [topics.requests: Int64(payments.count)])
            #expect(cluster.temporal.requestIDs.count == payments.count)
            #expect(cluster.temporal.requestIDs.values.allSatisfy { $0.count == 1 })
            #expect(try await cluster.deadLetters(0).isEmpty)
        }
    }

    @Test(
        "Case 15: when a second bridge joins and the first leaves in the midst of work, nothing is lost and order is kept"
    )
    func rebalance() async throws {
        try await BridgeCluster.run(partitions: 4) { cluster in
            let payments = (0..<16).map { "p-\($0)" }
            for payment in payments { cluster.temporal.add(payment) }
            // A flag, because a send whose task is cancelled has no known end.
            let isEnough = Mutex(false)
            @Sendable func applied() -> Int { cluster.temporal.workflows.values.map(\.signals.count).reduce(0, +) }
            let producing = Task { [producer = cluster.producer] in
                var number = 0
                while !isEnough.withLock({ $0 }) {
                    let payment = payments[number % payments.count]
                    _ = try await producer.send(SampleRecords.numberedCancellation(payment, number))
                    number += 1
                    // Always some ahead of the bridges, but not without bound.
                    try await eventually { number - applied() < 200 }
                }
                return number
            }

            let first = Task {
                try await cluster.withBridge {
                    while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(10)) }
                }
            }
            try await eventually { applied() > 100 }
            let count = try await cluster.withBridge {
                let members = applied()
                try await eventually { applied() > members + 1_500 }
                first.cancel()
                try await first.value
                let leaving = applied()
                try await eventually { applied() > leaving + 500 }
                isEnough.withLock { $0 = true }
                let count = try await producing.value
                try await eventually { applied() == count }
                return count
            }
            #expect(try await cluster.committed() == [topics.cancellations: Int64(count)])
            for (number, payment) in payments.enumerated() {
                let expected = try stride(from: number, to: count, by: payments.count).map { number in
                    try SampleRecords.command(of: SampleRecords.numberedCancellation(payment, number))
                }
                #expect(cluster.temporal.workflows[payment]?.signals == expected)
            }
        }
    }

    @Test("A bridge for which the group has no partition is ready to take over") func standby() async throws {
        try await BridgeCluster.run { cluster in
            // By range, the only partition of each topic goes to the same bridge.
            func byRange(_ configuration: inout BridgeConfiguration) { configuration.assignment = .range }
            try await cluster.withHealth(configure: byRange) { first in
                #expect(!first.problems.isEmpty)
                try await eventually { first.problems.isEmpty }
                try await first.waitUntilReachable(timeout: .seconds(30))
                try await cluster.withHealth(configure: byRange) { second in
                    #expect(!second.problems.isEmpty)
                    try await eventually { first.problems.isEmpty && second.problems.isEmpty }
                    try await cluster.send([SampleRecords.outgoing(SampleRecords.request("p-1"), to: topics.requests)])
                    try await eventually { cluster.temporal.workflows.count == 1 }
                }
            }
        }
    }

    @Test("A bridge that never reached Kafka stops when told to") func stopsWithoutKafka() async throws {
        let configuration = BridgeConfiguration(
            kafka: KafkaConfiguration(bootstrapServers: "127.0.0.1:1"), deadLetterTopic: topics.deadLetters)
        let bridge = WorkflowBridge(
            configuration: configuration, routes: Route.payments(), workflows: ScriptedTemporal(), logger: .silent)
        let running = Task { try await bridge.run() }
        running.cancel()
        try await running.value
    }

    @Test("A bridge that can't read what is parked says so") func unreadableDeadLetters() async throws {
        var configuration = BridgeConfiguration(
            kafka: KafkaConfiguration(bootstrapServers: "127.0.0.1:1"), deadLetterTopic: topics.deadLetters)
        configuration.observationInterval = .milliseconds(50)
        let bridge = WorkflowBridge(
            configuration: configuration, routes: Route.payments(), workflows: ScriptedTemporal(), logger: .silent)
        let running = Task { try await bridge.run() }
        try await eventually { bridge.health.problems.contains { $0.contains("what is parked can't be read") } }
        running.cancel()
        try await running.value
    }

    @Test("A configuration that Kafka's client refuses is an error at once") func badConfiguration() async throws {
        var kafka = KafkaConfiguration(bootstrapServers: "127.0.0.1:1")
        kafka.properties["no.such.property"] = "1"
        let bridge = WorkflowBridge(
            configuration: BridgeConfiguration(kafka: kafka, deadLetterTopic: topics.deadLetters),
            routes: Route.payments(), workflows: ScriptedTemporal(), logger: .silent)
        await #expect(throws: KafkaError.self) { try await bridge.run() }
    }
}

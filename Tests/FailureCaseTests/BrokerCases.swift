import Kafka
import LoggingTestSupport
import MetricsTestKit
import PaymentEvents
import ProcessTestSupport
import Temporal
import Testing
import WaitingTestSupport

@testable import Bridge

@Suite("Failure cases: the broker", .timeLimit(.minutes(5))) struct BrokerCases {
    /// Signals numbered from 0, to each of these payments in turn.
    private func numbered(_ payments: [String], _ count: Int, from first: Int = 0) throws -> [ProducerRecord] {
        try (first..<first + count).map {
            try PaymentRecords.cancellation(payments[$0 % payments.count], number: $0)
        }
    }

    private func expected(_ payments: [String], _ count: Int) -> [String: [Int]] {
        Dictionary(
            uniqueKeysWithValues: payments.enumerated().map { index, payment in
                (payment, Array(stride(from: index, to: count, by: payments.count)))
            })
    }

    private func start(_ payments: [String], _ stage: Stage) async throws {
        try await stage.send(payments.map { try PaymentRecords.request($0) })
        try await stage.waitForStarts(payments)
    }

    @Test("Case 15: bridges killed in the midst of work: no gap, no disorder, and no commit ahead of the work")
    func killedOwners() async throws {
        try await Stage.run(partitions: 4) { stage in
            let payments = (0..<8).map(stage.payment)
            var bridge = try await stage.startBridgeProcess()
            try await start(payments, stage)
            var places: [(TopicPartition, Int64, payment: String, number: Int)] = []
            var sent = 0
            for _ in 0..<3 {
                let records = try numbered(payments, 80, from: sent)
                for (record, delivery) in zip(records, try await stage.send(records)) {
                    let partition = TopicPartition(topic: record.topic, partition: delivery.partition)
                    places.append((partition, delivery.offset, payments[sent % payments.count], sent))
                    sent += 1
                }
                let (oracle, count) = (stage.client, sent)
                try await eventually {
                    let applied = try await SequenceOracle(payments, oracle).applied.values.map(\.count).reduce(0, +)
                    return applied > count - 60
                }
                await bridge.kill()
                let seen = try await SequenceOracle(payments, stage.client)
                seen.expect(try await stage.committed(), coversOnly: places)
                bridge = try await stage.startBridgeProcess()
            }
            let wanted = expected(payments, sent)
            try await eventually {
                try await SequenceOracle(payments, stage.client).applied.values.map(\.count).reduce(0, +) >= sent
            }
            await bridge.kill()
            try await SequenceOracle(payments, stage.client).expect(wanted)
        }
    }

    @Test("Case 17: leaders, coordinators and brokers go and come back: everything is applied in order, once")
    func brokersDown() async throws {
        try await Stage.run(brokers: 3) { stage in
            let payments = (0..<6).map(stage.payment)
            try await stage.withBridge {
                try await start(payments, stage)
                var sent = 0
                func sendSome() async throws {
                    try await stage.send(numbered(payments, 60, from: sent))
                    sent += 60
                }
                try await sendSome()
                try stage.cluster.setCoordinator(ofGroup: "payment-saga-bridge", to: 2)
                try stage.cluster.setLeader(of: TopicPartition(topic: stage.topics.cancellations, partition: 0), to: 3)
                try await sendSome()
                try stage.cluster.failNext(.fetch, with: [.transport, .notLeaderForPartition, .transport])
                try stage.cluster.failNext(.heartbeat, with: [.coordinatorNotAvailable, .notCoordinator])
                try stage.cluster.failNext(.offsetCommit, with: [.coordinatorLoading, .notCoordinator, .transport])
                try stage.cluster.setRoundTripTime(.milliseconds(100))
                try await sendSome()
                try stage.cluster.setRoundTripTime(.zero)
                try stage.cluster.takeDown()
                // Long enough for the group to give up the bridge, of which nothing tells while all brokers are down.
                try await Task.sleep(for: Stage.sessionTimeout + .seconds(2))
                try stage.cluster.bringUp()
                try await sendSome()
                try await eventually {
                    try await SequenceOracle(payments, stage.client).applied.values.map(\.count).reduce(0, +) >= sent
                }
                try await SequenceOracle(payments, stage.client).expect(expected(payments, sent))
            }
            #expect(try await stage.deadLetters().isEmpty)
        }
    }

    @Test("Case 19: a group without commits starts at the earliest record, and at the latest only when asked to")
    func offsetReset() async throws {
        try await Stage.run(partitions: 1) { stage in
            let payments = (0..<3).map(stage.payment)
            try await stage.send([PaymentRecords.request(payments[0])])
            try await stage.withBridge(configure: {
                $0.groupID = "late-comers"
                $0.offsetReset = .latest
            }) {
                // Sent again and again until the bridge has found the end.
                try await eventually {
                    try await stage.send([PaymentRecords.request(payments[1])])
                    return try await stage.isStarted(payments[1])
                }
                #expect(try await !stage.isStarted(payments[0]))
            }
            try await stage.withBridge { try await stage.waitForStarts([payments[0]]) }
        }
    }

    @Test("Case 19: records that the broker has deleted before they were read are logged and counted")
    func gap() async throws {
        try await Stage.run(partitions: 1) { stage in
            let first = stage.payment(0)
            try await stage.send([PaymentRecords.request(first)])
            try await stage.withBridge { try await stage.waitForStarts([first]) }
            // The mock broker keeps 5 MiB of a partition.
            let filler = ProducerRecord(
                topic: stage.topics.requests, key: "filler", value: [UInt8](repeating: 0x20, count: 200_000))
            try await stage.send(Array(repeating: filler, count: 40))
            let last = stage.payment(1)
            try await stage.send([PaymentRecords.request(last)])
            try await stage.withBridge {
                try await stage.waitForStarts([last])
                try await eventually {
                    stage.logs.messages.contains { $0.contains("were gone before they could be read") }
                }
            }
            let dimensions = [("topic", stage.topics.requests), ("partition", "0")]
            #expect(try stage.metrics.expectCounter("payment_saga_bridge_lost", dimensions).values.reduce(0, +) > 0)
        }
    }

    @Test("Case 20: when a key moves to another partition, its records are neither lost nor applied twice")
    func movedKeys() async throws {
        try await Stage.run(partitions: 4) { stage in
            let payments = (0..<4).map(stage.payment)
            try await stage.withBridge {
                try await start(payments, stage)
                // As after more partitions were added: the same keys, elsewhere.
                let records = try (0..<80).map { number in
                    try PaymentRecords.cancellation(
                        payments[number % 4], number: number,
                        partition: Int32(number < 40 ? number % 2 : 2 + number % 2))
                }
                try await stage.send(records)
                try await eventually {
                    try await SequenceOracle(payments, stage.client).applied.values.map(\.count).reduce(0, +) >= 80
                }
            }
            let applied = try await SequenceOracle(payments, stage.client).applied
            for (index, payment) in payments.enumerated() {
                let numbers = applied[payment] ?? []
                #expect(numbers.sorted() == Array(stride(from: index, to: 80, by: 4)))
                // Within a partition the order holds.
                #expect(numbers.filter { $0 < 40 } == numbers.filter { $0 < 40 }.sorted())
                #expect(numbers.filter { $0 >= 40 } == numbers.filter { $0 >= 40 }.sorted())
            }
        }
    }
}

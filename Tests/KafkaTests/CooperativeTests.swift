import Kafka
import Synchronization
import Testing
import WaitingTestSupport

@Suite("Cooperative assignment", .timeLimit(.minutes(5)))
struct CooperativeTests {
    private var group: KafkaConsumerConfiguration {
        var group = KafkaConsumerConfiguration(groupID: "group", topics: ["events"])
        // Longer than the three seconds for which the mock cluster has the first member wait: else it might forget it.
        group.sessionTimeout = .seconds(5)
        // When the machine stands still, it does so all the same; the first member then asks again after this.
        group.maximumPollInterval = .seconds(40)
        group.assignment = .cooperativeSticky
        return group
    }

    /// What one member has had, and has given away.
    private final class Member: Sendable {
        let consumer: KafkaConsumer
        private let state = Mutex(
            (assigned: Set<TopicPartition>(), revoked: Set<TopicPartition>(), wasForgotten: false))

        init(_ consumer: KafkaConsumer) { self.consumer = consumer }

        var assigned: Set<TopicPartition> { state.withLock { $0.assigned } }
        var revoked: Set<TopicPartition> { state.withLock { $0.revoked } }
        var wasForgotten: Bool { state.withLock { $0.wasForgotten } }

        func run() async {
            for await event in consumer.events {
                switch event {
                case .assigned(let partitions): state.withLock { $0.assigned.formUnion(partitions) }
                case .revoked(let revocation):
                    state.withLock { state in
                        state.assigned.subtract(revocation.partitions)
                        state.revoked.formUnion(revocation.partitions)
                    }
                    revocation.acknowledge()
                case .lost(let partitions):
                    state.withLock { state in
                        state.assigned.subtract(partitions)
                        state.wasForgotten = true
                    }
                case .records, .endOfPartition, .warning: break
                }
            }
        }
    }

    @Test("A second member takes over some partitions; the first keeps the others without a stop")
    func secondMember() async throws {
        try await withCluster(topics: ["events": 4]) { _, configuration in
            let first = Member(try KafkaConsumer(configuration, group))
            let firstRun = Task { await first.run() }
            try await eventually { first.assigned.count == 4 }
            let second = Member(try KafkaConsumer(configuration, group))
            let secondRun = Task { await second.run() }
            try await eventually { second.assigned.count == 2 && first.assigned.count == 2 }
            #expect(first.revoked == second.assigned || first.wasForgotten)
            #expect(first.assigned.isDisjoint(with: second.assigned))
            await second.consumer.close()
            await secondRun.value
            try await eventually { first.assigned.count == 4 }
            await first.consumer.close()
            await firstRun.value
        }
    }

    // librdkafka before 2.3 ends the process there (its issue 4312).
    @Test("A member that leaves before its first assignment takes nobody down")
    func earlyLeave() async throws {
        try await withCluster(topics: ["events": 4]) { _, configuration in
            for _ in 0..<5 {
                let consumer = try KafkaConsumer(configuration, group)
                await consumer.close()
            }
        }
    }
}

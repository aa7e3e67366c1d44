import Kafka
import Testing
import WaitingTestSupport

@Suite("Group consumer", .timeLimit(.minutes(5)))
struct ConsumerTests {
    /// Sends the numbers `range` under five keys.
    private func send(_ range: Range<Int>, to producer: KafkaProducer) async throws {
        for number in range {
            let record = ProducerRecord(topic: "events", key: "\(number % 5)", value: Array("\(number)".utf8))
            _ = try await producer.send(record)
        }
    }

    /// A group whose rebalances take four seconds on the mock cluster, and its first join three. A member that waits
    /// longer than its session timeout, as on a machine that stands still, gets no answer to its join, and asks again
    /// when its poll interval is over.
    private var group: KafkaConsumerConfiguration {
        var group = KafkaConsumerConfiguration(groupID: "group", topics: ["events"])
        group.sessionTimeout = .seconds(5)
        group.maximumPollInterval = .seconds(40)
        return group
    }

    private func numbers(_ records: [KafkaRecord]) -> [Int] {
        records.compactMap { text($0.value).flatMap { Int($0) } }
    }

    @Test("A new member of a group goes on where the last commit left off; closing hands the partitions back first")
    func commitAndResume() async throws {
        try await withCluster(topics: ["events": 3]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            try await send(0..<100, to: producer)

            let first = try KafkaConsumer(configuration, group)
            var seen: [Int] = []
            var positions: [TopicPartition: Int64] = [:]
            for await event in first.events {
                switch event {
                case .assigned(let partitions):
                    #expect(partitions.count == 3)
                case .records(let records) where seen.count < 100:
                    seen += numbers(records)
                    for record in records { positions[record.topicPartition] = record.offset + 1 }
                    guard seen.count == 100 else { continue }
                    #expect(try await first.lag().values.reduce(0, +) == 100)
                    // Half of them: the tail of every partition stays uncommitted.
                    for (partition, position) in positions { positions[partition] = position / 2 }
                    try await first.commit(positions.map { TopicPartitionOffset($0, offset: $1) })
                    #expect(try await first.committedOffsets(of: first.assignment) == positions)
                    Task { await first.close() }
                case .revoked(let revocation):
                    #expect(Set(revocation.partitions) == Set(positions.keys))
                    for partition in revocation.partitions { positions[partition, default: 0] += 1 }
                    try await first.commit(positions.map { TopicPartitionOffset($0, offset: $1) })
                    revocation.acknowledge()
                case .records, .lost, .endOfPartition: Issue.record("unexpected: \(event)")
                // Of a join without an answer.
                case .warning: break
                }
            }
            #expect(seen.sorted() == Array(0..<100))
            let foreign = TopicPartition(topic: "events", partition: 0)
            await #expect(throws: KafkaError.notAssigned(partitions: [foreign])) {
                try await first.commit([TopicPartitionOffset(foreign, offset: 1)])
            }

            let second = try KafkaConsumer(configuration, group)
            let expected = 100 - positions.values.reduce(0, +)
            var again: [KafkaRecord] = []
            for await case .records(let records) in second.events {
                again += records
                if again.count >= expected { break }
            }
            for (partition, position) in positions {
                let offsets = again.filter { $0.topicPartition == partition }.map(\.offset)
                #expect(offsets.first == position)
                #expect(offsets == offsets.sorted())
            }
            #expect(Int64(again.count) == expected)
            await second.close()
            await producer.close()
        }
    }

    @Test(
        "When a second member joins, the first commits before it lets go; nothing is lost or comes again once committed"
    )
    func rebalance() async throws {
        try await withCluster(topics: ["events": 4]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            let ledger = Ledger()

            /// Commits only what is taken away.
            @Sendable func work(_ consumer: KafkaConsumer, name: String) async throws {
                var positions: [TopicPartition: Int64] = [:]
                for await event in consumer.events {
                    switch event {
                    case .assigned(let partitions): await ledger.assigned(partitions, to: name)
                    case .records(let records):
                        await ledger.add(records, numbers(records))
                        for record in records { positions[record.topicPartition] = record.offset + 1 }
                    case .revoked(let revocation):
                        let done = revocation.partitions.compactMap { partition in
                            positions.removeValue(forKey: partition).map { TopicPartitionOffset(partition, offset: $0) }
                        }
                        // This cluster sometimes refuses a commit during a rebalance, which Kafka doesn't.
                        if (try? await consumer.commit(done)) != nil { await ledger.committed(done) }
                        await ledger.released(revocation.partitions, by: name)
                        revocation.acknowledge()
                    case .lost(let partitions):
                        for partition in partitions { positions[partition] = nil }
                        await ledger.lost(partitions, by: name)
                    case .endOfPartition: Issue.record("unexpected: \(event)")
                    // Of a join without an answer.
                    case .warning: break
                    }
                }
            }

            let first = try KafkaConsumer(configuration, group)
            async let firstWork: Void = work(first, name: "first")
            try await send(0..<200, to: producer)
            try await eventually { await ledger.seen.count >= 200 }
            let second = try KafkaConsumer(configuration, group)
            async let secondWork: Void = work(second, name: "second")
            try await eventually { await ledger.owners.values.filter { $0 == "second" }.count == 2 }
            try await send(200..<400, to: producer)
            try await eventually { await ledger.seen.count >= 400 }
            try await eventually {
                first.assignment.count + second.assignment.count == 4
                    && Set(first.assignment).isDisjoint(with: second.assignment)
            }
            await first.close()
            await second.close()
            try await firstWork
            try await secondWork
            let (seen, problems, wasLost) = await (ledger.seen, ledger.problems, ledger.wasLost)
            #expect(seen == Set(0..<400))
            #expect(problems == [] || wasLost)
            await producer.close()
        }
    }

    @Test("An application slower than the poll interval keeps its partitions; pausing stops their records")
    func slowApplication() async throws {
        try await withCluster(topics: ["events": 2]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            var group = group
            group.maximumPollInterval = .seconds(5)
            group.revocationTimeout = .seconds(2)
            group.instanceID = "member-1"
            group.assignment = .range
            group.reportsEndOfPartition = true
            let consumer = try KafkaConsumer(configuration, group)
            var ended = 0
            for await case .endOfPartition in consumer.events {
                ended += 1
                if ended == 2 { break }
            }
            let paused = TopicPartition(topic: "events", partition: 1)
            try await consumer.pause([paused])
            for partition in Int32(0)...1 {
                for number in UInt8(0)..<10 {
                    _ = try await producer.send(ProducerRecord(topic: "events", partition: partition, value: [number]))
                }
            }
            let start = ContinuousClock.now
            try await eventually { ContinuousClock.now - start > .seconds(8) }
            var resumed = false
            var values: [TopicPartition: [UInt8]] = [:]
            for await event in consumer.events {
                switch event {
                case .records(let records):
                    for record in records { values[record.topicPartition, default: []] += record.value ?? [] }
                case .endOfPartition, .assigned: break
                case .revoked, .lost: Issue.record("unexpected: \(event)")
                // Of a join without an answer.
                case .warning: break
                }
                if !resumed, values.values.contains(where: { $0.count == 10 }) {
                    #expect(values[paused] == nil)
                    try await consumer.resume([paused])
                    resumed = true
                }
                if values[paused]?.count == 10 { break }
            }
            #expect(Array(values.values) == [Array(0..<10), Array(0..<10)])
            try await consumer.commit(values.keys.map { TopicPartitionOffset($0, offset: 10) })
            #expect(try await consumer.lag().values.allSatisfy { $0 == 0 })
            await consumer.close()
            await producer.close()
        }
    }

    @Test("Disconnects and coordinator errors while a group reads lose nothing")
    func faults() async throws {
        try await withCluster(brokers: 2, topics: ["events": 2]) { cluster, configuration in
            let producer = try KafkaProducer(configuration)
            let consumer = try KafkaConsumer(configuration, group)
            try cluster.failNext(.findCoordinator, with: [.coordinatorNotAvailable, .transport])
            try cluster.failNext(.offsetFetch, with: [.coordinatorLoading])
            try cluster.failNext(.fetch, with: [.transport, .notLeaderForPartition, .transport, .requestTimedOut])
            try await send(0..<200, to: producer)
            try cluster.failNext(.offsetCommit, with: [.notCoordinator, .transport])
            var seen: Set<Int> = []
            var positions: [TopicPartition: Int64] = [:]
            // What an application does: commit as it goes, and forget what belongs to partitions it lost.
            reading: for await event in consumer.events {
                switch event {
                case .records(let records):
                    seen.formUnion(numbers(records))
                    for record in records { positions[record.topicPartition] = record.offset + 1 }
                    let committed: Void? = try? await consumer.commit(
                        positions.map { TopicPartitionOffset($0, offset: $1) }
                    )
                    if committed != nil, positions.values.reduce(0, +) == 200 { break reading }
                case .lost(let partitions), .assigned(let partitions):
                    for partition in partitions { positions[partition] = nil }
                case .revoked, .endOfPartition: Issue.record("unexpected: \(event)")
                case .warning: break
                }
            }
            #expect(seen == Set(0..<200))
            #expect(try await consumer.committedOffsets(of: consumer.assignment) == positions)
            await consumer.close()
            await producer.close()
        }
    }
}

/// What two members did, and what they must not have done.
private actor Ledger {
    private(set) var seen: Set<Int> = []
    private(set) var owners: [TopicPartition: String] = [:]
    private(set) var problems: [String] = []
    /// True when the cluster has forgotten a member, as it may when the machine stands still: others then read what that member does.
    private(set) var wasLost = false
    private var positions: [TopicPartition: Int64] = [:]

    func add(_ records: [KafkaRecord], _ numbers: [Int]) {
        seen.formUnion(numbers)
        for record in records where record.offset < positions[record.topicPartition] ?? 0 {
            problems.append("\(record.topicPartition) at \(record.offset) came again")
        }
    }

    func committed(_ offsets: [TopicPartitionOffset]) {
        for each in offsets { positions[each.topicPartition] = each.offset }
    }

    func assigned(_ partitions: [TopicPartition], to name: String) {
        for partition in partitions {
            if let owner = owners[partition] { problems.append("\(partition) of \(owner) went to \(name)") }
            owners[partition] = name
        }
    }

    func lost(_ partitions: [TopicPartition], by name: String) {
        wasLost = true
        for partition in partitions where owners[partition] == name { owners[partition] = nil }
    }

    func released(_ partitions: [TopicPartition], by name: String) {
        for partition in partitions {
            if owners[partition] != name { problems.append("\(partition) is not \(name)'s to give back") }
            owners[partition] = nil
        }
    }
}

/// How a group consumer joins its group and how much it reads ahead.
public struct KafkaConsumerConfiguration: Sendable {
    /// How a group shares out its partitions. All members of a group must agree.
    public enum AssignmentStrategy: String, Sendable {
        /// Moves as few partitions as it can, and only those stop during a rebalance. Not the default, because of faults of
        /// librdkafka: before 2.3 a member that leaves before its first assignment ends the process (issue 4312; this
        /// consumer then disappears without leaving), before 2.4 leaving during an assignment hangs (4527; bounded here by
        /// the revocation timeout), and before 2.6 the leader of a group can compute for ever (4783).
        case cooperativeSticky = "cooperative-sticky"
        /// Gives each member adjacent partitions of every topic.
        case range
        /// Deals partitions out in turn.
        case roundRobin = "roundrobin"
    }

    /// Where to start in a partition for which the group has committed nothing (or nothing that is still there).
    public enum OffsetReset: String, Sendable {
        /// At the oldest record.
        case earliest
        /// Behind the newest record.
        case latest
        /// Don't start; hand out a warning instead.
        case error
    }

    /// The group to join.
    public var groupID: String
    /// The topics to read.
    public var topics: [String]
    /// A name that survives restarts (static membership): a member that comes back within the session timeout gets
    /// its partitions back without a rebalance. Unique in the group.
    public var instanceID: String?
    /// How the group shares out its partitions.
    public var assignment: AssignmentStrategy = .range
    /// Where to start without a committed offset.
    public var offsetReset: OffsetReset = .earliest
    /// How long the group waits for a heartbeat before it gives a member's partitions to others.
    public var sessionTimeout: Duration = .seconds(45)
    /// How long the group waits for a member during a rebalance. The consumer polls by itself, however slow the
    /// application, so only a process that stands still exceeds it.
    public var maximumPollInterval: Duration = .seconds(300)
    /// How long revoked partitions wait for the application's acknowledgement. Must be below `maximumPollInterval`.
    public var revocationTimeout: Duration = .seconds(30)
    /// The largest number of records in one event.
    public var maximumBatch = 500
    /// The keys and values of one event are no larger together than this and one record more.
    public var maximumBatchBytes = 1_048_576
    /// Fetching stops while this many records, or 32 MiB (`queued.max.messages.kbytes`), wait unread; what is on its
    /// way then (at most `fetch.message.max.bytes` a partition) still comes in. It goes on up to a second after there
    /// is room, so a small number limits the throughput.
    public var readAhead = 100_000
    /// Whether to hand out an event each time the end of a partition is reached.
    public var reportsEndOfPartition = false

    /// A member of `groupID` that reads `topics`.
    public init(groupID: String, topics: [String]) {
        self.groupID = groupID
        self.topics = topics
    }

    var properties: ClientProperties {
        var properties = ClientProperties(
            required: [
                "group.id": groupID,
                "enable.auto.commit": "false",
                "enable.auto.offset.store": "false",
                "auto.offset.reset": offsetReset.rawValue,
                "partition.assignment.strategy": assignment.rawValue,
                "session.timeout.ms": String(sessionTimeout.milliseconds),
                "max.poll.interval.ms": String(maximumPollInterval.milliseconds),
                "queued.min.messages": String(readAhead),
                "enable.partition.eof": String(reportsEndOfPartition),
            ],
            defaults: [
                // A third of the session timeout lets two heartbeats get lost.
                "heartbeat.interval.ms": String(min(3000, max(1, sessionTimeout.milliseconds / 3))),
                "queued.max.messages.kbytes": "32768",
                // Partitions that are added to a topic are shared out once a member has seen them.
                "topic.metadata.refresh.interval.ms": "30000",
                "log.thread.name": "false",
            ]
        )
        properties.required["group.instance.id"] = instanceID
        return properties
    }

    func validate() throws {
        func refuse(_ property: String, _ reason: String) -> KafkaError {
            .invalidConfiguration(property: property, reason: reason)
        }
        if groupID.isEmpty { throw refuse("group.id", "it is empty") }
        if topics.isEmpty { throw refuse("topics", "at least one topic is needed") }
        if maximumBatch < 1 { throw refuse("maximumBatch", "\(maximumBatch) is below 1") }
        if maximumBatchBytes < 1 { throw refuse("maximumBatchBytes", "\(maximumBatchBytes) is below 1") }
        if revocationTimeout >= maximumPollInterval {
            throw refuse(
                "revocationTimeout",
                "\(revocationTimeout) must be below max.poll.interval.ms (\(maximumPollInterval))"
            )
        }
    }
}

public import Kafka

/// Where a ``WorkflowBridge`` reads, how it shares the work with others of its group, and how much it takes on at once.
public struct BridgeConfiguration: Sendable {
    public var kafka: KafkaConfiguration
    /// Where records go that can't be applied.
    public var deadLetterTopic: String
    /// The consumer group; the bridges of one group share the partitions of all topics.
    public var groupID: String
    /// A name that survives restarts and is this bridge's alone (static membership): if it comes back within the session
    /// timeout, its partitions have not moved.
    public var instanceID: String?
    /// How the group shares out its partitions. All its bridges must agree.
    public var assignment: KafkaConsumerConfiguration.AssignmentStrategy = .roundRobin
    /// Where to start in a partition for which nothing is committed.
    public var offsetReset: KafkaConsumerConfiguration.OffsetReset = .earliest

    /// How many records, over all partitions, may be in memory, but for one batch of 500. Nothing more is read until
    /// half of them are done.
    public var maximumRecords = 20_000
    /// How many bytes of keys, values and headers they may have, but for one batch of 1 MiB.
    public var maximumBytes = 67_108_864
    /// How many records of one partition may await their end before the partition is paused. What has been read by then
    /// still comes in, up to one batch. It is paused too when one of them has a million behind it, done or not.
    public var partitionWindow = 500
    /// How many calls to Temporal may be on their way at once, over all partitions.
    public var maximumInFlight = 64

    /// How long a signal waits for its workflow to appear before its record is dead-lettered.
    public var unknownWorkflowHold: Duration = .seconds(30)
    /// How long a record is tried that Temporal fails to take while it takes others. Then it is dead-lettered, and the
    /// later ones of its key behind it. While Temporal takes nothing at all, records are tried for ever.
    public var retryBudget: Duration = .seconds(300)
    /// The delays between attempts.
    public var backoff = Backoff()

    /// How often the offsets of what is done are committed; after a crash, the records of this time come once more.
    public var commitInterval: Duration = .milliseconds(500)
    /// How long calls on their way may take to be answered when partitions go to another bridge or this one stops. What
    /// is not answered by then comes again to the next owner, with the same request id.
    public var drainLimit: Duration = .seconds(10)
    /// How long the group waits for a sign of life before it gives this bridge's partitions to others.
    public var sessionTimeout: Duration = .seconds(45)
    /// How long the group waits for this bridge during a rebalance. Must be above twice ``drainLimit``. However long
    /// records wait for Temporal, the bridge goes on polling, so only a process that stands still exceeds it.
    public var maximumPollInterval: Duration = .seconds(300)
    /// How often lag and progress are measured.
    public var observationInterval: Duration = .seconds(5)
    /// How long a partition may make no progress while its lag grows before the bridge is no longer ready.
    public var stallLimit: Duration = .seconds(60)

    public init(
        kafka: KafkaConfiguration, deadLetterTopic: String, groupID: String = "payment-saga-bridge"
    ) {
        self.kafka = kafka
        self.deadLetterTopic = deadLetterTopic
        self.groupID = groupID
    }

    func group(reading topics: [String]) -> KafkaConsumerConfiguration {
        var group = KafkaConsumerConfiguration(groupID: groupID, topics: topics)
        group.instanceID = instanceID
        group.assignment = assignment
        group.offsetReset = offsetReset
        group.sessionTimeout = sessionTimeout
        group.maximumPollInterval = maximumPollInterval
        // As much again for the last commit, once the calls are answered or given up.
        group.revocationTimeout = drainLimit * 2
        return group
    }
}

extension KafkaConfiguration {
    /// The same, for dead letters, which are larger than the records they were, and for these on their way back.
    var forDeadLetters: KafkaConfiguration {
        var kafka = self
        kafka.properties["message.max.bytes"] = kafka.properties["message.max.bytes"] ?? "10000000"
        return kafka
    }
}

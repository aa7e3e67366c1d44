public import Kafka
public import PaymentEvents
public import PaymentSaga

/// What a ``PaymentBridge`` reads, where it starts workflows, and how much it takes on at once.
public struct BridgeConfiguration: Sendable {
    public var kafka: KafkaConfiguration
    public var topics: Topics
    /// The limits given to every payment that is started.
    public var policy: PaymentPolicy
    /// The consumer group; the bridges of one group share the partitions of all topics.
    public var groupID: String
    /// The queue on which workers take up the payments.
    public var taskQueue: String
    /// How many calls to Temporal may be on their way at once, over all partitions.
    public var maximumInFlight = 64
    /// How many records of one partition may await their end before the partition is paused. What has been read by then
    /// still comes in, up to one batch of 500.
    public var partitionWindow = 500
    /// How long a confirmation or cancellation waits for its payment to appear before it is dead-lettered.
    public var unknownPaymentHold: Duration = .seconds(30)
    /// How often the offsets of what is done are committed; after a crash, the records of this time come once more.
    public var commitInterval: Duration = .milliseconds(500)
    /// How long calls on their way may take to be answered when partitions go to another bridge or this one stops. What
    /// is not answered by then comes again to the next owner, with the same request id.
    public var drainLimit: Duration = .seconds(10)
    /// How long the group waits for a sign of life before it gives this bridge's partitions to others.
    public var sessionTimeout: Duration = .seconds(45)

    public init(
        kafka: KafkaConfiguration, topics: Topics = Topics(), policy: PaymentPolicy = PaymentPolicy(),
        groupID: String = "payment-saga-bridge", taskQueue: String = TaskQueues.payments
    ) {
        self.kafka = kafka
        self.topics = topics
        self.policy = policy
        self.groupID = groupID
        self.taskQueue = taskQueue
    }
}

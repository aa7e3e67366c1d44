import ArgumentParser
import Bridge
import Kafka

/// How the bridge shares its work and how much it takes on.
struct BridgeOptions: ParsableArguments {
    @Option(help: Setting.kafkaGroup.help("the consumer group; payment-saga-bridge unless given", valueName: "name"))
    var kafkaGroup: String?

    @Option(
        help: Setting.kafkaInstance.help(
            "a name of this bridge's own that survives restarts, for static membership", valueName: "name"))
    var kafkaInstance: String?

    @Option(
        help: Setting.kafkaAssignment.help(
            "how the group shares partitions: roundrobin, range or cooperative-sticky; roundrobin unless given",
            valueName: "strategy"))
    var kafkaAssignment: String?

    @Option(
        help: Setting.kafkaOffsetReset.help(
            "where to start where nothing is committed: earliest, latest or error; earliest unless given",
            valueName: "place"))
    var kafkaOffsetReset: String?

    @Option(
        help: Setting.kafkaSessionTimeout.help(
            "how long the group waits for a sign of life; 45s unless given", valueName: "time"))
    var kafkaSessionTimeout: String?

    @Option(help: Setting.maximumRecords.help("the records in memory; 20000 unless given", valueName: "count"))
    var maximumRecords: String?

    @Option(help: Setting.maximumMegabytes.help("their size in MiB; 64 unless given", valueName: "MiB"))
    var maximumMegabytes: String?

    @Option(
        help: Setting.unknownPaymentHold.help(
            "how long a confirmation waits for its payment to appear; 30s unless given", valueName: "time"))
    var unknownPaymentHold: String?

    @Option(
        help: Setting.retryBudget.help(
            "how long a record is tried that Temporal does not take while it takes others; 5m unless given",
            valueName: "time"))
    var retryBudget: String?

    var given: [Setting: String?] {
        [
            .kafkaGroup: kafkaGroup, .kafkaInstance: kafkaInstance, .kafkaAssignment: kafkaAssignment,
            .kafkaOffsetReset: kafkaOffsetReset, .kafkaSessionTimeout: kafkaSessionTimeout,
            .maximumRecords: maximumRecords, .maximumMegabytes: maximumMegabytes,
            .unknownPaymentHold: unknownPaymentHold, .retryBudget: retryBudget,
        ]
    }
}

extension Settings {
    /// - Throws: ``CommandFailure`` naming the setting that can't be used.
    func bridge(kafka: KafkaConfiguration, deadLetterTopic: String) throws(CommandFailure) -> BridgeConfiguration {
        var bridge = BridgeConfiguration(kafka: kafka, deadLetterTopic: deadLetterTopic)
        bridge.groupID = text(.kafkaGroup) ?? bridge.groupID
        bridge.instanceID = text(.kafkaInstance)
        bridge.assignment = try value(
            .kafkaAssignment, default: bridge.assignment, expected: "roundrobin, range or cooperative-sticky",
            KafkaConsumerConfiguration.AssignmentStrategy.init(rawValue:))
        bridge.offsetReset = try value(
            .kafkaOffsetReset, default: bridge.offsetReset, expected: "earliest, latest or error",
            KafkaConsumerConfiguration.OffsetReset.init(rawValue:))
        bridge.sessionTimeout = try duration(.kafkaSessionTimeout, default: bridge.sessionTimeout)
        bridge.maximumRecords = try count(.maximumRecords, default: bridge.maximumRecords)
        bridge.maximumBytes = try count(.maximumMegabytes, default: bridge.maximumBytes >> 20) << 20
        bridge.unknownWorkflowHold = try duration(.unknownPaymentHold, default: bridge.unknownWorkflowHold)
        bridge.retryBudget = try duration(.retryBudget, default: bridge.retryBudget)
        return bridge
    }
}

/// A kind of request of the Kafka protocol that a ``MockKafkaCluster`` can be told to fail.
public enum MockRequest: Int16, CaseIterable, Sendable {
    /// Stores records.
    case produce = 0
    /// Reads records.
    case fetch = 1
    /// Looks up where a partition begins or ends.
    case listOffsets = 2
    /// Looks up brokers, topics and partition leaders.
    case metadata = 3
    /// Commits a group's offsets.
    case offsetCommit = 8
    /// Reads a group's offsets.
    case offsetFetch = 9
    /// Looks up a group's coordinator.
    case findCoordinator = 10
    /// Joins a group.
    case joinGroup = 11
    /// Keeps up membership of a group.
    case heartbeat = 12
    /// Leaves a group.
    case leaveGroup = 13
    /// Hands out a group's assignment.
    case syncGroup = 14
    /// Opens a connection by agreeing on versions.
    case apiVersions = 18
    /// Starts an idempotent producer.
    case initProducerID = 22
}

/// What can go wrong in a Kafka client. Its description says what failed, with which input, and what to do.
public enum KafkaError: Error, Equatable, Sendable {
    /// A configuration property is unknown, has a value it can't take, or contradicts another one. `property` is `nil`
    /// where only the reason names it. The value is never included, since it may be a secret.
    case invalidConfiguration(property: String?, reason: String)

    /// None of the servers answered in time. `servers` is the configured list, `reason` the last failure seen.
    case unreachable(servers: String, reason: String)

    /// The cluster has no topic of that name.
    case unknownTopic(String)

    /// The client was closed before, or while, it was asked.
    case closed(client: String)

    /// An operation failed at the broker or in the client.
    case failed(operation: String, code: KafkaErrorCode)

    /// The client can't be used any more; close it and make another.
    case fatal(code: KafkaErrorCode, reason: String)

    /// These partitions are not, or no longer, the member's, so it can't commit them. Whoever has them now reads again
    /// what the commit would have covered.
    case notAssigned(partitions: [TopicPartition])

    /// The application kept revoked partitions longer than it may; they were given up without its acknowledgement.
    case revocationTimedOut(partitions: [TopicPartition], limit: Duration)

    /// The code behind the error, where there is one.
    public var code: KafkaErrorCode? {
        switch self {
        case .failed(_, let code), .fatal(let code, _): code
        default: nil
        }
    }
}

extension KafkaError: CustomStringConvertible {
    /// What failed, with which input, and what to do.
    public var description: String {
        switch self {
        case .invalidConfiguration(let property?, let reason):
            "Kafka configuration property '\(property)' can't be used: \(reason)"
        case .invalidConfiguration(nil, let reason):
            "the Kafka configuration can't be used: \(reason)"
        case .unreachable(let servers, let reason):
            "no Kafka broker can be reached at \(servers): \(reason). Check that a broker listens there "
                + "and that the bootstrap servers, TLS and SASL properties match it."
        case .unknownTopic(let topic):
            "the Kafka cluster has no topic '\(topic)': create it, or correct the name"
        case .closed(let client):
            "\(client) is closed: make another one"
        case .failed(let operation, let code):
            "could not \(operation): \(code)"
        case .fatal(let code, let reason):
            "the Kafka client failed for good and must be replaced: \(reason) (\(code.name))"
        case .notAssigned(let partitions):
            "offsets of \(Self.list(partitions)) can't be committed, since this member doesn't have these partitions "
                + "(any more): forget what was in flight there"
        case .revocationTimedOut(let partitions, let limit):
            "revoked partitions \(Self.list(partitions)) were not acknowledged within "
                + "\(limit) and were given up: what was in flight there will be delivered again"
        }
    }

    private static func list(_ partitions: [TopicPartition]) -> String {
        partitions.map(\.description).joined(separator: ", ")
    }
}

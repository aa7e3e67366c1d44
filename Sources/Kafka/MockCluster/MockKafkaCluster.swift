internal import CRdKafka

/// librdkafka's own Kafka cluster, living in this process: it speaks the Kafka protocol on random loopback ports, keeps
/// everything in memory, and fails on demand. For development and tests.
///
/// What to know of it:
/// - A partition holds 5 MiB or 100,000 batches, then its oldest go silently.
/// - A topic that is used before it was created comes into being with four partitions.
/// - The first join of a group takes 3 seconds, every later rebalance the members' session timeout less one second, and
///   commits during a rebalance may be refused.
/// - It takes the session timeout of whoever joined a group last for that of all members, and a member that waits
///   longer than that to be let in never gets an answer: give all the same one, above 3 seconds.
/// - A record that arrives while a client waits for more reaches it only when `fetch.wait.max.ms` (a property of the
///   client, 500 unless set) is over.
/// - There are no admin requests and no lookups of offsets by time.
public final class MockKafkaCluster: Sendable {
    /// The brokers' addresses, for ``KafkaConfiguration/bootstrapServers``.
    public let bootstrapServers: String

    private let handle: ClientHandle
    private let cluster: ClientHandle.Pointer

    /// Starts a cluster whose brokers are numbered from 1.
    ///
    /// - Throws: ``KafkaError/invalidConfiguration(property:reason:)`` if `brokers` is below 1.
    public init(brokers: Int = 1) throws {
        guard (1...1000).contains(brokers) else {
            throw KafkaError.invalidConfiguration(property: "brokers", reason: "\(brokers) is not within 1 to 1000")
        }
        // The cluster needs a client for its bookkeeping; that one connects nowhere.
        handle = try ClientHandle(
            .producer,
            configuration: KafkaConfiguration(bootstrapServers: ""),
            properties: ClientProperties(connects: false),
            name: "the mock Kafka cluster"
        )
        let cluster = try handle.use { client in
            guard let cluster = rd_kafka_mock_cluster_new(client, Int32(brokers)) else {
                throw KafkaError.invalidConfiguration(property: "brokers", reason: "the cluster did not start")
            }
            return ClientHandle.Pointer(raw: cluster)
        }
        self.cluster = cluster
        bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster.raw))
        handle.onDestroy { rd_kafka_mock_cluster_destroy(cluster.raw) }
    }

    /// Creates a topic.
    ///
    /// - Throws: ``KafkaError/failed(operation:code:)``, for example if it exists; ``KafkaError/closed(client:)``.
    public func createTopic(_ name: String, partitions: Int, replicationFactor: Int = 1) throws {
        try perform("create the topic '\(name)'") { cluster in
            rd_kafka_mock_topic_create(cluster, name, Int32(clamping: partitions), Int32(clamping: replicationFactor))
        }
    }

    /// Has lookups of a topic answered with an error, such as that it does not exist or may not be seen; `nil` ends that.
    /// The topic must have been created.
    ///
    /// - Throws: ``KafkaError/closed(client:)``.
    public func failLookups(of topic: String, with error: KafkaErrorCode?) throws {
        try perform("fail lookups") { cluster in
            rd_kafka_mock_topic_set_error(cluster, topic, rd_kafka_resp_err_t(error?.rawValue ?? 0))
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Makes the next requests of a kind fail, one error each and in this order, whatever broker they go to.
    /// ``KafkaErrorCode/transport`` breaks the connection in place of an answer.
    ///
    /// - Throws: ``KafkaError/closed(client:)``.
    public func failNext(_ request: MockRequest, with errors: [KafkaErrorCode]) throws {
        let codes = errors.map { rd_kafka_resp_err_t($0.rawValue) }
        try perform("fail requests") { cluster in
            rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, codes.count, codes)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Takes back the errors of ``failNext(_:with:)`` that have not been used.
    ///
    /// - Throws: ``KafkaError/closed(client:)``.
    public func clearFailures(of request: MockRequest) throws {
        try perform("clear failures") { cluster in
            rd_kafka_mock_clear_request_errors(cluster, request.rawValue)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Delays every answer of a broker, or of all brokers, by `roundTripTime`.
    ///
    /// - Throws: ``KafkaError/failed(operation:code:)`` if there is no such broker; ``KafkaError/closed(client:)``.
    public func setRoundTripTime(_ roundTripTime: Duration, broker: Int32? = nil) throws {
        try perform("set the round-trip time") { cluster in
            rd_kafka_mock_broker_set_rtt(cluster, broker ?? -1, roundTripTime.milliseconds)
        }
    }

    /// Breaks the connections of a broker, or of all brokers, and refuses new ones. Partitions keep their leader.
    ///
    /// - Throws: as ``setRoundTripTime(_:broker:)``.
    public func takeDown(broker: Int32? = nil) throws {
        try perform("take brokers down") { rd_kafka_mock_broker_set_down($0, broker ?? -1) }
    }

    /// Lets a broker, or all brokers, accept connections again.
    ///
    /// - Throws: as ``setRoundTripTime(_:broker:)``.
    public func bringUp(broker: Int32? = nil) throws {
        try perform("bring brokers up") { rd_kafka_mock_broker_set_up($0, broker ?? -1) }
    }

    /// Moves a partition to another leader; `nil` leaves it without one.
    ///
    /// - Throws: as ``setRoundTripTime(_:broker:)``.
    public func setLeader(of partition: TopicPartition, to broker: Int32?) throws {
        try perform("move the leader of \(partition)") { cluster in
            rd_kafka_mock_partition_set_leader(cluster, partition.topic, partition.partition, broker ?? -1)
        }
    }

    /// Makes a broker the coordinator of a group.
    ///
    /// - Throws: as ``setRoundTripTime(_:broker:)``.
    public func setCoordinator(ofGroup group: String, to broker: Int32) throws {
        try perform("move the coordinator of group '\(group)'") { cluster in
            rd_kafka_mock_coordinator_set(cluster, "group", group, broker)
        }
    }

    /// Stops the brokers and frees everything. A second call returns at once.
    public func close() async {
        await handle.destroy()
    }

    private func perform(_ operation: String, _ body: (OpaquePointer) -> rd_kafka_resp_err_t) throws {
        try handle.use { _ in try KafkaError.check(body(cluster.raw), operation) }
    }
}

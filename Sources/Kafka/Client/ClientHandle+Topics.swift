internal import CRdKafka

extension ClientHandle {
    /// How long one attempt may take: whoever is cancelled meanwhile gets away after it only.
    private static let patience = Duration.seconds(2)
    private static let pause = Duration.milliseconds(100)

    /// The topic as this client sees it; to be destroyed by the caller.
    ///
    /// - Throws: ``KafkaError/failed(operation:code:)``.
    static func makeTopic(_ name: String, _ client: OpaquePointer) throws -> OpaquePointer {
        guard let topic = rd_kafka_topic_new(client, name, nil) else {
            throw KafkaError.failed(operation: "look up '\(name)'", code: KafkaErrorCode(rd_kafka_last_error()))
        }
        return topic
    }

    /// Asks the cluster for a topic's partitions.
    ///
    /// - Throws: ``KafkaError/unknownTopic(_:)``; ``KafkaError/failed(operation:code:)``; ``KafkaError/closed(client:)``.
    func partitions(of name: String, timeout: Duration) async throws -> [Int32] {
        try await useBlocking { client in
            let topic = try Self.makeTopic(name, client)
            defer { rd_kafka_topic_destroy(topic) }
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let code = rd_kafka_metadata(client, 0, topic, &metadata, timeout.milliseconds)
            try KafkaError.check(code, "look up '\(name)'")
            defer { rd_kafka_metadata_destroy(metadata) }
            guard let found = metadata?.pointee.topics?.pointee else { throw KafkaError.unknownTopic(name) }
            switch found.err {
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
                throw KafkaError.unknownTopic(name)
            default:
                try KafkaError.check(found.err, "look up '\(name)'")
            }
            return (0..<Int(found.partition_cnt)).compactMap { found.partitions?[$0].id }
        }
    }

    /// Waits until the cluster has told of the topics, so that the client knows their partitions from then on.
    ///
    /// - Throws: What was the matter with a topic when `timeout` was over, or at once if waiting does not mend it;
    ///   ``KafkaError/unreachable(servers:reason:)``; `CancellationError`.
    func waitForTopics(_ names: [String], timeout: Duration) async throws {
        let deadline = ContinuousClock.now + timeout
        try await waitUntilReachable(timeout: timeout)
        for name in names {
            while true {
                do {
                    _ = try await partitions(of: name, timeout: Self.patience)
                    break
                } catch let error as KafkaError where error.mayPass && ContinuousClock.now < deadline {
                    try await Task.sleep(for: Self.pause)
                }
            }
        }
    }
}

extension KafkaError {
    /// Whether asking for a topic again may help. One that does not exist may come into being by being asked for.
    fileprivate var mayPass: Bool {
        switch self {
        case .unknownTopic: true
        case .failed(_, let code): code != .topicAuthorizationFailed
        default: false
        }
    }
}

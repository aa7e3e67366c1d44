internal import CRdKafka

extension ClientHandle {
    /// Asks for metadata until a broker answers.
    ///
    /// - Throws: ``KafkaError/unreachable(servers:reason:)`` after `timeout`; `CancellationError`.
    func waitUntilReachable(timeout: Duration) async throws {
        let deadline = ContinuousClock.now + timeout
        // Short at first so that a cancelled caller soon gets away, longer then for slow networks.
        var patience = Duration.milliseconds(500)
        var code = RD_KAFKA_RESP_ERR__TIMED_OUT
        repeat {
            try Task.checkCancellation()
            let limit = min(patience, deadline - ContinuousClock.now).milliseconds
            code = try await useBlocking { client in
                var metadata: UnsafePointer<rd_kafka_metadata>?
                let code = rd_kafka_metadata(client, 0, nil, &metadata, limit)
                rd_kafka_metadata_destroy(metadata)
                return code
            }
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            patience *= 2
        } while ContinuousClock.now < deadline
        throw KafkaError.unreachable(
            servers: context.servers,
            reason: context.latestFailure ?? KafkaErrorCode(code).description
        )
    }
}

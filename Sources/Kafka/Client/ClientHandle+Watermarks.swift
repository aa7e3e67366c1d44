internal import CRdKafka

extension ClientHandle {
    /// - Throws: ``KafkaError/failed(operation:code:)``; ``KafkaError/closed(client:)``.
    func watermarks(of partition: TopicPartition, timeout: Duration) async throws -> KafkaWatermarks {
        try await useBlocking { client in
            var low: Int64 = 0
            var high: Int64 = 0
            let code = rd_kafka_query_watermark_offsets(
                client, partition.topic, partition.partition, &low, &high, timeout.milliseconds
            )
            try KafkaError.check(code, "read the watermarks of \(partition)")
            return KafkaWatermarks(low: low, high: high)
        }
    }
}

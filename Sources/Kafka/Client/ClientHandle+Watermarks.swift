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

    /// As ``watermarks(of:timeout:)-(TopicPartition,_)``, with two questions to each broker for all partitions together.
    func watermarks(
        of partitions: [TopicPartition], timeout: Duration
    ) async throws -> [TopicPartition: KafkaWatermarks] {
        async let beginnings = offsets(at: Int64(RD_KAFKA_OFFSET_BEGINNING), of: partitions, timeout: timeout)
        let ends = try await ends(of: partitions, timeout: timeout)
        return try await beginnings.reduce(into: [:]) { watermarks, low in
            watermarks[low.key] = ends[low.key].map { KafkaWatermarks(low: low.value, high: $0) }
        }
    }

    /// The offsets behind the newest records, with one question to each broker for all partitions together.
    ///
    /// - Throws: as ``watermarks(of:timeout:)``.
    func ends(of partitions: [TopicPartition], timeout: Duration) async throws -> [TopicPartition: Int64] {
        try await offsets(at: Int64(RD_KAFKA_OFFSET_END), of: partitions, timeout: timeout)
    }

    /// - Parameter time: One of the two times that stand for the beginning and the end.
    private func offsets(
        at time: Int64, of partitions: [TopicPartition], timeout: Duration
    ) async throws -> [TopicPartition: Int64] {
        guard !partitions.isEmpty else { return [:] }
        return try await useBlocking { client in
            try PartitionList.with(partitions.map { TopicPartitionOffset($0, offset: time) }) { list in
                let operation = "look up the offsets of \(partitions)"
                try KafkaError.check(rd_kafka_offsets_for_times(client, list, timeout.milliseconds), operation)
                if let code = PartitionList.firstError(in: list) {
                    throw KafkaError.failed(operation: operation, code: code)
                }
                let found = PartitionList.read(list).map { ($0.topicPartition, $0.offset) }
                return Dictionary(found) { first, _ in first }
            }
        }
    }
}

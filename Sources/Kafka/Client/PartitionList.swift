internal import CRdKafka

/// Conversion between librdkafka's partition lists and Swift values.
enum PartitionList {
    /// Runs `body` with a list of `partitions`, which is destroyed afterwards.
    static func with<Result>(
        _ partitions: [TopicPartitionOffset],
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) throws -> Result
    ) rethrows -> Result {
        let list = rd_kafka_topic_partition_list_new(Int32(partitions.count))
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for each in partitions {
            rd_kafka_topic_partition_list_add(list, each.topicPartition.topic, each.topicPartition.partition)?
                .pointee.offset = each.offset
        }
        return try body(list)
    }

    /// As ``with(_:_:)-(_,_)``, without offsets: librdkafka then takes the committed ones.
    static func with<Result>(
        _ partitions: [TopicPartition],
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) throws -> Result
    ) rethrows -> Result {
        try with(partitions.map { TopicPartitionOffset($0, offset: Int64(RD_KAFKA_OFFSET_INVALID)) }, body)
    }

    static func read(_ list: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> [TopicPartitionOffset] {
        elements(of: list).map { element in
            TopicPartitionOffset(
                topic: String(cString: element.topic),
                partition: element.partition,
                offset: element.offset
            )
        }
    }

    /// The first error among the list's partitions.
    static func firstError(in list: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> KafkaErrorCode? {
        elements(of: list).first { $0.err != RD_KAFKA_RESP_ERR_NO_ERROR }.map { KafkaErrorCode($0.err) }
    }

    private static func elements(
        of list: UnsafePointer<rd_kafka_topic_partition_list_t>?
    ) -> UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeBufferPointer(start: list?.pointee.elems, count: Int(list?.pointee.cnt ?? 0))
    }
}

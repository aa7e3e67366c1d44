internal import CRdKafka

/// The queue of librdkafka in which fetched records wait.
struct RecordQueue: Sendable {
    /// What a queue holds besides records.
    enum Notice: Sendable {
        case endOfPartition(TopicPartition, offset: Int64)
        case failure(KafkaError)
    }

    let pointer: ClientHandle.Pointer

    /// How many records wait. Ask inside `ClientHandle.use`.
    var count: Int { rd_kafka_queue_length(pointer.raw) }

    /// What one look into the queue brought.
    struct Batch: Sendable {
        var records: [KafkaRecord] = []
        var notices: [Notice] = []
        /// Whether a limit ended it, so that more may wait.
        var isCut = true
    }

    /// Takes up to `limit` records, or as many as make up `bytes`, and what lies between them. Call it inside
    /// `ClientHandle.use`.
    ///
    /// One call each, since `rd_kafka_consume_batch_queue` can lose records: if a partition is paused during the call,
    /// as every rebalance does, records already taken are thrown away and not fetched again.
    func drain(limit: Int, bytes: Int) -> Batch {
        var batch = Batch()
        var room = bytes
        var topic = (pointer: OpaquePointer?.none, name: "")
        while batch.records.count < limit, room > 0 {
            guard let message = rd_kafka_consume_queue(pointer.raw, 0) else {
                batch.isCut = false
                break
            }
            defer { rd_kafka_message_destroy(message) }
            if topic.pointer != message.pointee.rkt, let pointer = message.pointee.rkt {
                topic = (pointer, String(cString: rd_kafka_topic_name(pointer)))
            }
            switch message.pointee.err {
            case RD_KAFKA_RESP_ERR_NO_ERROR:
                room -= message.pointee.len + message.pointee.key_len
                batch.records.append(KafkaRecord(message, topic: topic.name))
            case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                let partition = TopicPartition(topic: topic.name, partition: message.pointee.partition)
                batch.notices.append(.endOfPartition(partition, offset: message.pointee.offset))
            default:
                let partition = TopicPartition(topic: topic.name, partition: message.pointee.partition)
                let code = KafkaErrorCode(message.pointee.err)
                batch.notices.append(.failure(.failed(operation: "read \(partition)", code: code)))
            }
        }
        return batch
    }
}

extension KafkaRecord {
    init(_ message: UnsafeMutablePointer<rd_kafka_message_t>, topic: String) {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = rd_kafka_message_timestamp(message, &kind)
        self.init(
            topic: topic,
            partition: message.pointee.partition,
            offset: message.pointee.offset,
            key: Self.bytes(message.pointee.key, message.pointee.key_len),
            value: Self.bytes(message.pointee.payload, message.pointee.len),
            headers: Self.headers(of: message),
            timestamp: kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : timestamp
        )
    }

    private static func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
        start.map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
    }

    private static func headers(of message: UnsafeMutablePointer<rd_kafka_message_t>) -> [KafkaHeader] {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR else { return [] }
        var headers: [KafkaHeader] = []
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, headers.count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let header = name
        {
            headers.append(KafkaHeader(String(cString: header), value: bytes(value, size)))
        }
        return headers
    }
}

internal import CRdKafka

/// Hands a record to librdkafka, which copies it.
enum RecordEncoder {
    /// - Throws: ``DeliveryTable/QueueFull``; a ``KafkaError``.
    static func produce(_ record: ProducerRecord, id: UInt, with client: OpaquePointer) throws {
        let headers = makeHeaders(record.headers)
        let error = record.topic.withCString { topic in
            withBytes(record.key) { key in
                withBytes(record.value) { value in
                    var fields = [
                        field(RD_KAFKA_VTYPE_TOPIC) { $0.cstr = topic },
                        field(RD_KAFKA_VTYPE_MSGFLAGS) { $0.i = RD_KAFKA_MSG_F_COPY },
                        field(RD_KAFKA_VTYPE_OPAQUE) { $0.ptr = UnsafeMutableRawPointer(bitPattern: id) },
                        field(RD_KAFKA_VTYPE_KEY) { $0.mem = .init(ptr: key.start, size: key.count) },
                        field(RD_KAFKA_VTYPE_VALUE) { $0.mem = .init(ptr: value.start, size: value.count) },
                    ]
                    if let partition = record.partition {
                        fields.append(field(RD_KAFKA_VTYPE_PARTITION) { $0.i32 = partition })
                    }
                    if let timestamp = record.timestamp {
                        fields.append(field(RD_KAFKA_VTYPE_TIMESTAMP) { $0.i64 = timestamp })
                    }
                    if let headers {
                        fields.append(field(RD_KAFKA_VTYPE_HEADERS) { $0.headers = headers })
                    }
                    return rd_kafka_produceva(client, fields, fields.count)
                }
            }
        }
        guard let error else { return }
        let code = rd_kafka_error_code(error)
        rd_kafka_error_destroy(error)
        // The headers went over to librdkafka only if it took the record.
        if let headers { rd_kafka_headers_destroy(headers) }
        switch code {
        case RD_KAFKA_RESP_ERR__QUEUE_FULL: throw DeliveryTable.QueueFull()
        // What failed the client for good while nothing was queued is told here under its own code.
        case _ where rd_kafka_fatal_error(client, nil, 0) != RD_KAFKA_RESP_ERR_NO_ERROR:
            throw KafkaError.fatal(of: client)
        default: throw KafkaError.failed(operation: operation(record), code: KafkaErrorCode(code))
        }
    }

    private static func operation(_ record: ProducerRecord) -> String {
        guard let partition = record.partition else { return "send a record to '\(record.topic)'" }
        return "send a record to \(TopicPartition(topic: record.topic, partition: partition))"
    }

    private static func makeHeaders(_ headers: [KafkaHeader]) -> OpaquePointer? {
        guard !headers.isEmpty else { return nil }
        let list = rd_kafka_headers_new(headers.count)
        for header in headers {
            withBytes(header.value) { value in
                // It fails for headers of a received message only.
                _ = rd_kafka_header_add(list, header.name, -1, value.start, value.count)
            }
        }
        return list
    }

    private static func field(
        _ type: rd_kafka_vtype_t,
        _ set: (inout rd_kafka_vu_t.__Unnamed_union_u) -> Void
    ) -> rd_kafka_vu_t {
        var field = rd_kafka_vu_t()
        field.vtype = type
        set(&field.u)
        return field
    }

    /// The bytes as C sees them: a null pointer means none at all, so empty bytes need a pointer to somewhere.
    private static func withBytes<Result>(
        _ bytes: [UInt8]?,
        _ body: ((start: UnsafeMutableRawPointer?, count: Int)) -> Result
    ) -> Result {
        guard let bytes else { return body((nil, 0)) }
        guard !bytes.isEmpty else {
            return withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { body(($0.baseAddress, 0)) }
        }
        return bytes.withUnsafeBytes { body((UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)) }
    }
}

internal import CRdKafka

extension KafkaError {
    /// - Throws: ``failed(operation:code:)`` unless `code` says that all is well.
    static func check(_ code: rd_kafka_resp_err_t, _ operation: String) throws {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError.failed(operation: operation, code: KafkaErrorCode(code))
        }
    }

    /// The fatal error a client has raised.
    static func fatal(of client: OpaquePointer) -> KafkaError {
        var code = RD_KAFKA_RESP_ERR__FATAL
        let reason = withErrorText { buffer, size in
            code = rd_kafka_fatal_error(client, buffer, size)
        }
        return .fatal(code: KafkaErrorCode(code), reason: reason)
    }
}

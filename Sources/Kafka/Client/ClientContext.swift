internal import CRdKafka
internal import Logging
internal import Synchronization

/// What librdkafka's callbacks of one client reach: the client's opaque pointer leads here.
final class ClientContext: Sendable {
    /// What a consumer does in callbacks; other clients leave these alone.
    struct Handlers: Sendable {
        var failure: @Sendable (KafkaError) -> Void = { _ in }
        var rebalance: @Sendable (KafkaErrorCode, [TopicPartition]) -> Void = { _, _ in }
        var commit: @Sendable (UInt, KafkaErrorCode?) -> Void = { _, _ in }
    }

    /// The client's name in errors, for example `the Kafka producer`.
    let name: String
    let servers: String
    private let logger: Logger?
    private let handlers = Mutex(Handlers())
    private let lastFailure = Mutex<String?>(nil)

    init(name: String, configuration: KafkaConfiguration) {
        self.name = name
        self.servers = configuration.bootstrapServers
        self.logger = configuration.logger
    }

    func handle(_ handlers: Handlers) {
        self.handlers.withLock { $0 = handlers }
    }

    var current: Handlers { handlers.withLock { $0 } }

    /// The last failure of a connection.
    var latestFailure: String? { lastFailure.withLock { $0 } }

    /// Registers the callbacks in a configuration object. The context must outlive the client made from it.
    func attach(to configuration: OpaquePointer, isConsumer: Bool) {
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
            ClientContext.of(client)?.log(level: level, facility: facility, text: text)
        }
        guard isConsumer else { return }
        rd_kafka_conf_set_error_cb(configuration) { client, code, reason, _ in
            ClientContext.of(client)?.failed(client, code: code, reason: reason)
        }
        rd_kafka_conf_set_rebalance_cb(configuration) { client, code, partitions, _ in
            ClientContext.of(client)?.current.rebalance(
                KafkaErrorCode(code),
                PartitionList.read(partitions).map(\.topicPartition)
            )
        }
    }

    static func of(_ client: OpaquePointer?) -> ClientContext? {
        guard let client, let opaque = rd_kafka_opaque(client) else { return nil }
        return Unmanaged<ClientContext>.fromOpaque(opaque).takeUnretainedValue()
    }

    private func failed(_ client: OpaquePointer?, code: Int32, reason: UnsafePointer<CChar>?) {
        let error: KafkaError
        if code == RD_KAFKA_RESP_ERR__FATAL.rawValue, let client {
            error = .fatal(of: client)
        } else {
            let text = reason.map { String(cString: $0) } ?? "no reason given"
            error = .failed(
                operation: "keep the connection to the cluster: \(text)", code: KafkaErrorCode(rawValue: code))
        }
        current.failure(error)
    }

    private func log(level: Int32, facility: UnsafePointer<CChar>?, text: UnsafePointer<CChar>?) {
        guard let text else { return }
        let message = String(cString: text)
        let facility = facility.map { String(cString: $0) } ?? ""
        if facility == "FAIL" || facility == "ERROR" {
            lastFailure.withLock { $0 = message }
        }
        guard let logger else { return }
        // The levels are those of syslog.
        let swiftLevel: Logger.Level =
            switch level {
            case ...2: .critical
            case 3: .error
            case 4: .warning
            case 5: .notice
            case 6: .info
            default: .debug
            }
        // Consumers and producers take the same properties, and each kind ignores what is for the other.
        let isForOthers = facility == "CONFWARN" && message.contains("will be ignored by this")
        logger.log(level: isForOthers ? .debug : swiftLevel, "\(message)", metadata: ["facility": "\(facility)"])
    }
}

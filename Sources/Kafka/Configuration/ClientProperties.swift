internal import CRdKafka

/// The librdkafka properties of one kind of client.
struct ClientProperties {
    /// What the client depends on; the user's properties may not name these.
    var required: [String: String] = [:]
    /// What the user's properties may override.
    var defaults: [String: String] = [:]
    /// Whether the client has brokers to connect to.
    var connects = true

    /// A configuration object, owned by the caller.
    ///
    /// - Throws: ``KafkaError/invalidConfiguration(property:reason:)``.
    func makeConfiguration(for user: KafkaConfiguration) throws -> OpaquePointer {
        var required = required
        required["client.id"] = user.clientID
        required["bootstrap.servers"] = connects ? user.bootstrapServers : nil
        if connects, user.bootstrapServers.isEmpty {
            throw KafkaError.invalidConfiguration(
                property: "bootstrap.servers",
                reason: "it is empty; give host:port of at least one broker"
            )
        }
        for name in user.properties.keys.sorted() where required[name] != nil {
            throw KafkaError.invalidConfiguration(property: name, reason: "this client sets it itself; remove it")
        }
        guard let configuration = rd_kafka_conf_new() else {
            throw KafkaError.invalidConfiguration(property: nil, reason: "out of memory")
        }
        do {
            let optional = defaults.merging(user.properties) { _, given in given }
            for (name, value) in optional.sorted(by: <) + required.sorted(by: <) {
                try Self.set(name, to: value, in: configuration)
            }
        } catch {
            rd_kafka_conf_destroy(configuration)
            throw error
        }
        return configuration
    }

    private static func set(_ name: String, to value: String, in configuration: OpaquePointer) throws {
        var result = RD_KAFKA_CONF_OK
        let reason = withErrorText { buffer, size in
            result = rd_kafka_conf_set(configuration, name, value, buffer, size)
        }
        if result != RD_KAFKA_CONF_OK {
            throw KafkaError.invalidConfiguration(property: name, reason: reason)
        }
    }
}

/// Runs `body` with a buffer in which librdkafka can leave an error text, and returns that text.
func withErrorText(_ body: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
        buffer.initialize(repeating: 0)
        guard let start = buffer.baseAddress else { return "" }
        body(start, buffer.count)
        return String(cString: start)
    }
}

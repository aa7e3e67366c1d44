internal import Synchronization

/// A producer that is replaced when it has failed for good, as an idempotent one does when the broker has lost track of it.
///
/// The record whose sending failed may have been stored or not; whoever sends it again sends it with the new producer.
public final class RenewableProducer: Sendable {
    private struct State {
        var producer: KafkaProducer?
        var isClosed = false
        var failure: KafkaError?
        /// What to prepare for.
        var topics: [String] = []
    }

    private let configuration: KafkaConfiguration
    private let state: Mutex<State>

    /// - Throws: ``KafkaError/invalidConfiguration(property:reason:)``.
    public init(_ configuration: KafkaConfiguration) throws {
        self.configuration = configuration
        state = Mutex(State(producer: try KafkaProducer(configuration)))
    }

    /// The fatal error after which nothing has been stored yet; `nil` while all is well.
    public var failure: KafkaError? { state.withLock { $0.failure } }

    /// Makes the first records to these topics as quick as later ones, of this producer and of those that replace it.
    ///
    /// - Throws: as ``KafkaProducer/prepare(topics:timeout:)``, for the present one.
    public func prepare(topics: [String], timeout: Duration = .seconds(10)) async throws {
        state.withLock { $0.topics = topics }
        try await current().prepare(topics: topics, timeout: timeout)
    }

    /// Waits until a broker answers.
    ///
    /// - Throws: as ``KafkaProducer/waitUntilReachable(timeout:)``.
    public func waitUntilReachable(timeout: Duration = .seconds(10)) async throws {
        try await current().waitUntilReachable(timeout: timeout)
    }

    /// The offsets behind the newest records of all partitions of a topic.
    ///
    /// - Throws: as ``KafkaProducer/ends(of:timeout:)``.
    public func ends(of topic: String, timeout: Duration = .seconds(10)) async throws -> [TopicPartition: Int64] {
        try await current().ends(of: topic, timeout: timeout)
    }

    /// Sends a record and waits until it is stored.
    ///
    /// - Throws: as ``KafkaProducer/send(_:)``. After ``KafkaError/fatal(code:reason:)`` the next record goes out with
    ///   another producer.
    public func send(_ record: ProducerRecord) async throws -> KafkaDelivery {
        let producer = try current()
        do {
            let delivery = try await producer.send(record)
            state.withLock { $0.failure = nil }
            return delivery
        } catch let error as KafkaError {
            if case .fatal = error { await retire(producer, error) }
            throw error
        }
    }

    /// Gives queued records up to `timeout` to be acknowledged, and frees everything. Sending fails from then on.
    public func close(timeout: Duration = .seconds(30)) async {
        let last = state.withLock { state in
            state.isClosed = true
            defer { state.producer = nil }
            return state.producer
        }
        await last?.close(timeout: timeout)
    }

    private func current() throws -> KafkaProducer {
        try state.withLock { state in
            if state.isClosed { throw KafkaError.closed(client: "the Kafka producer") }
            if let producer = state.producer { return producer }
            let producer = try KafkaProducer(configuration)
            state.producer = producer
            let topics = state.topics
            // Nobody waits: a record that is sent meanwhile has its topic looked up anyway.
            if !topics.isEmpty { Task { try? await producer.prepare(topics: topics) } }
            return producer
        }
    }

    private func retire(_ failed: KafkaProducer, _ error: KafkaError) async {
        let isFirst = state.withLock { state in
            state.failure = error
            guard state.producer === failed else { return false }
            state.producer = nil
            return true
        }
        // It stores nothing more, so there is nothing to wait for.
        if isFirst { await failed.close(timeout: .zero) }
    }
}

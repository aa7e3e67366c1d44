import Kafka
import PaymentEvents
import PaymentServices

/// A Kafka cluster in this process with a publisher.
struct EventBroker {
    let cluster: MockKafkaCluster
    let configuration: KafkaConfiguration
    let publisher: EventPublisher
    let topics = Topics(outcomes: "test.outcomes", notifications: "test.notifications")

    private init(_ cluster: MockKafkaCluster, _ configuration: KafkaConfiguration, _ producer: RenewableProducer) {
        self.cluster = cluster
        self.configuration = configuration
        publisher = EventPublisher(producer: producer, topics: topics)
    }

    static func lending(
        properties: [String: String] = [:], _ body: (EventBroker) async throws -> Void
    ) async throws {
        let cluster = try MockKafkaCluster()
        let configuration = KafkaConfiguration(
            bootstrapServers: cluster.bootstrapServers, properties: properties)
        let producer = try RenewableProducer(configuration)
        let result: Result<Void, any Error>
        do {
            let broker = EventBroker(cluster, configuration, producer)
            try cluster.createTopic(broker.topics.outcomes, partitions: 3)
            try cluster.createTopic(broker.topics.notifications, partitions: 3)
            result = .success(try await body(broker))
        } catch {
            result = .failure(error)
        }
        await producer.close(timeout: .seconds(1))
        await cluster.close()
        try result.get()
    }

    /// Reads until there are `count` records of the topic.
    func records(_ count: Int, of topic: String) async throws -> [KafkaRecord] {
        let reader = try await KafkaReader(
            KafkaConfiguration(bootstrapServers: cluster.bootstrapServers), topics: [topic])
        var records: [KafkaRecord] = []
        for await case .records(let batch) in reader.events {
            records += batch
            if records.count >= count { break }
        }
        await reader.close()
        return records
    }
}

import ArgumentParser
import Kafka
import PaymentEvents

struct DevBrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev-broker",
        abstract: "Hosts a small Kafka broker for development, in memory, until SIGINT or SIGTERM.",
        discussion: "Prints the bootstrap servers on one line. They are loopback addresses on free ports.")

    /// Few enough batches a partition for the broker's small memory.
    private static let partitions = 16

    @Option(help: "The port; only 0, a free one, can be had.")
    var port = 0

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The topics to create, with \(Self.partitions) partitions each; those of the settings unless given.",
            valueName: "topic"))
    var topics: [String] = []

    @OptionGroup var names: TopicOptions

    func validate() throws {
        guard port == 0 else {
            throw ValidationError("the development broker always takes a free port: leave --port out, or give 0")
        }
    }

    func run() async throws {
        let known = try Settings(options: names.given).topics()
        let topics = topics.isEmpty ? Topics.settings.map { known[keyPath: $0.name] } : topics
        try await Lifetime.run {
            let cluster = try MockKafkaCluster()
            for topic in topics { try cluster.createTopic(topic, partitions: Self.partitions) }
            Terminal.line(cluster.bootstrapServers)
            // Serves from threads of its own until the process is asked to end.
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
            await cluster.close()
        }
    }
}

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

    @Option(parsing: .upToNextOption, help: "The topics to create, with \(Self.partitions) partitions each.")
    var topics: [String] = Topics().all

    func validate() throws {
        guard port == 0 else {
            throw ValidationError("the development broker always takes a free port: leave --port out, or give 0")
        }
    }

    func run() async throws {
        try await Lifetime.run { [topics] in
            let cluster = try MockKafkaCluster()
            for topic in topics { try cluster.createTopic(topic, partitions: Self.partitions) }
            Terminal.line(cluster.bootstrapServers)
            // Serves from threads of its own until the process is asked to end.
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
            await cluster.close()
        }
    }
}

extension Topics {
    var all: [String] {
        [
            requests, confirmations, cancellations, outcomes, notifications, deadLetters, orderRequests, orderOutcomes,
            settlements, reconciliation,
        ]
    }
}

import Foundation
import Kafka
import Logging
import Synchronization
import Testing
import WaitingTestSupport

@testable import Sidecar

@Suite("Following a topic", .timeLimit(.minutes(5)))
struct TopicFollowerTests {
    @Test("A topic that may not be read is warned of once, for all its partitions")
    func unauthorised() async throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic("payments.outcomes", partitions: 2)
        try cluster.failNext(.fetch, with: Array(repeating: .topicAuthorizationFailed, count: 1000))
        let log = LogLines()
        let follower = TopicFollower(
            topic: "payments.outcomes", kafka: KafkaConfiguration(bootstrapServers: cluster.bootstrapServers),
            logger: log.logger)
        let following = Task { await follower.run { _ in } }
        try await eventually("both partitions are complained of") {
            log.lines.count { $0.text.contains("read") } >= 2
        }
        let warnings = log.lines.filter { $0.level == .warning }
        #expect(warnings.count == 1)
        #expect(warnings.first?.text.contains("payments.outcomes") == true)
        #expect(warnings.first?.text.localizedCaseInsensitiveContains("authorization") == true)
        following.cancel()
        await following.value
        await cluster.close()
    }
}

/// What was logged.
private final class LogLines: Sendable {
    private let state = Mutex<[(level: Logger.Level, text: String)]>([])

    var lines: [(level: Logger.Level, text: String)] { state.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.state.withLock { $0.append((event.level, "\(event.message)")) }
        }
    }
}

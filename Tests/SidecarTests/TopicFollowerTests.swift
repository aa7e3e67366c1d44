import Foundation
import Kafka
import Logging
import LoggingTestSupport
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
        let log = LogRecorder()
        let follower = TopicFollower(
            topic: "payments.outcomes", kafka: KafkaConfiguration(bootstrapServers: cluster.bootstrapServers),
            logger: log.logger)
        let following = Task { await follower.run { _ in } }
        try await eventually("both partitions are complained of") {
            log.lines.count { $0.message.contains("read") } >= 2
        }
        let warnings = log.lines.filter { $0.level == .warning }
        #expect(warnings.count == 1)
        #expect(warnings.first?.message.contains("payments.outcomes") == true)
        #expect(warnings.first?.message.localizedCaseInsensitiveContains("authorization") == true)
        following.cancel()
        await following.value
        await cluster.close()
    }
}

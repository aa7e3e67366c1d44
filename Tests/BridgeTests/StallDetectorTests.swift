import Kafka
import Testing

@testable import Bridge

@Suite struct StallDetectorTests {
    private let partition = TopicPartition(topic: "events", partition: 3)
    private let start = ContinuousClock.now

    @Test("A partition is stalled when nothing moves for a while and the lag grows") func stalled() {
        var detector = StallDetector(limit: .seconds(60))
        #expect(detector.observe([partition: (5, 10)], at: start).isEmpty)
        #expect(detector.observe([partition: (5, 20)], at: start + .seconds(59)).isEmpty)
        #expect(detector.observe([partition: (5, 20)], at: start + .seconds(60)) == [partition])
        #expect(detector.observe([partition: (6, 30)], at: start + .seconds(61)).isEmpty)
    }

    @Test("The first record after a long pause is no stall, unless it is still there after as long") func pause() {
        var detector = StallDetector(limit: .seconds(60))
        for second in stride(from: 0, through: 600, by: 5) {
            #expect(detector.observe([partition: (5, 0)], at: start + .seconds(second)).isEmpty)
        }
        #expect(detector.observe([partition: (5, 1)], at: start + .seconds(605)).isEmpty)
        #expect(detector.observe([partition: (5, 1)], at: start + .seconds(655)).isEmpty)
        #expect(detector.observe([partition: (5, 1)], at: start + .seconds(660)) == [partition])
    }

    @Test("Nothing to do is no stall, and neither is a backlog that stays the same") func idle() {
        var detector = StallDetector(limit: .seconds(60))
        _ = detector.observe([partition: (nil, 10)], at: start)
        #expect(detector.observe([partition: (nil, 10)], at: start + .seconds(600)).isEmpty)
        #expect(detector.observe([partition: (nil, 0)], at: start + .seconds(601)).isEmpty)
    }

    @Test("A partition that goes and comes back starts anew") func reassigned() {
        var detector = StallDetector(limit: .seconds(60))
        _ = detector.observe([partition: (5, 10)], at: start)
        _ = detector.observe([:], at: start + .seconds(30))
        #expect(detector.observe([partition: (5, 20)], at: start + .seconds(61)).isEmpty)
    }
}

import Kafka
import Testing

@testable import Bridge

@Suite struct CutLogDetectorTests {
    private let partition = TopicPartition(topic: "events", partition: 3)
    private let other = TopicPartition(topic: "events", partition: 4)

    @Test("A partition that ends before what is committed was cut, if it is so twice in a row") func cut() {
        var detector = CutLogDetector()
        #expect(detector.observe([partition: -5, other: 0]).isEmpty)
        #expect(detector.observe([partition: -4, other: -1]) == [partition])
    }

    @Test("A position committed between the two questions is no cut") func passing() {
        var detector = CutLogDetector()
        #expect(detector.observe([partition: -5]).isEmpty)
        #expect(detector.observe([partition: 0]).isEmpty)
        #expect(detector.observe([partition: -5]).isEmpty)
    }
}

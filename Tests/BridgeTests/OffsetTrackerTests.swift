import Testing

@testable import Bridge

@Suite struct OffsetTrackerTests {
    private func tracker(_ offsets: some Sequence<Int64>) -> OffsetTracker {
        var tracker = OffsetTracker()
        for offset in offsets { begin(offset, in: &tracker, isNew: true) }
        return tracker
    }

    private func begin(_ offset: Int64, in tracker: inout OffsetTracker, isNew: Bool) {
        let hasBegun = tracker.begin(offset)
        #expect(hasBegun == isNew)
    }

    @Test("There is nothing to commit before the first record is done") func nothingYet() {
        var tracker = tracker(5..<8)
        #expect(tracker.position == nil)
        tracker.finish(6)
        tracker.finish(7)
        #expect(tracker.position == nil)
        #expect(tracker.outstanding == 3)
    }

    @Test("A record that is done moves the position over all that were done behind it") func prefix() {
        var tracker = tracker(5..<10)
        for offset in [6, 7, 9] as [Int64] { tracker.finish(offset) }
        tracker.finish(5)
        #expect(tracker.position == 8)
        tracker.finish(8)
        #expect(tracker.position == 10)
        #expect(tracker.outstanding == 0)
    }

    @Test("Gaps between offsets do not hold the position up") func gaps() {
        var tracker = tracker([3, 10, 11, 90])
        tracker.finish(10)
        tracker.finish(3)
        #expect(tracker.position == 11)
        tracker.finish(90)
        tracker.finish(11)
        #expect(tracker.position == 91)
    }

    @Test("A record that comes twice is begun once, before and after it is done") func twice() {
        var tracker = tracker(0..<3)
        begin(1, in: &tracker, isNew: false)
        begin(2, in: &tracker, isNew: false)
        for offset in 0..<3 as Range<Int64> { tracker.finish(offset) }
        begin(2, in: &tracker, isNew: false)
        begin(3, in: &tracker, isNew: true)
        #expect(tracker.position == 3)
    }

    @Test("Records that were never begun, or are done already, change nothing") func strangers() {
        var tracker = tracker([4, 8])
        for offset in [0, 6, 9, 4, 4] as [Int64] { tracker.finish(offset) }
        #expect(tracker.position == 5)
        tracker.finish(8)
        #expect(tracker.position == 9)
    }

    @Test("In whatever order records are done, the position is that of the lowest one that is not", arguments: 0..<20)
    func randomOrder(_: Int) {
        var tracker = OffsetTracker()
        var unfinished: [Int64] = []
        var next: Int64 = 100
        var first: Int64?
        for _ in 0..<2_000 {
            if unfinished.isEmpty || Bool.random() {
                next += .random(in: 1...3)
                first = first ?? next
                begin(next, in: &tracker, isNew: true)
                unfinished.append(next)
            } else {
                tracker.finish(unfinished.remove(at: .random(in: unfinished.indices)))
            }
            let lowest = unfinished.min() ?? next + 1
            // The position may lie before a gap.
            #expect(tracker.position.map { $0 <= lowest && $0 > lowest - 4 } ?? (lowest == first))
        }
    }
}

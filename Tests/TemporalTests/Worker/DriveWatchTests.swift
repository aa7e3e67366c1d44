import Testing

@testable import Temporal

@Suite("Code that is driven")
struct DriveWatchTests {
    @Test("is abandoned when it is still the same at every look, and begins anew each time it has come back")
    func looks() {
        let watch = DriveWatch()
        for _ in 1...9 { #expect(!watch.abandon(afterLooks: 2)) }
        for _ in 1...9 {
            watch.watch { for _ in 1...2 { #expect(!watch.abandon(afterLooks: 2)) } }
        }
        #expect(!watch.isAbandoned)
        watch.watch {
            for _ in 1...2 { #expect(!watch.abandon(afterLooks: 2)) }
            #expect(watch.abandon(afterLooks: 2))
        }
        #expect(watch.isAbandoned)
    }
}

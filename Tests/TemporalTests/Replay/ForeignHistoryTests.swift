import Foundation
import TemporalAPI
import Testing

@testable import Temporal

@Suite("Histories recorded by other SDKs", .enabled(if: RecordedHistories.areThere, RecordedHistories.missing))
struct ForeignHistoryTests {
    @Test("Every one is read, and cut into the same pieces at every page size", arguments: ["go", "java", "python"])
    func paging(sdk: String) throws {
        for (name, history) in try RecordedHistories.all(of: sdk) {
            let unknown = history.events.filter { !$0.isOfKnownType }
            #expect(unknown.isEmpty || name.lowercased().contains("unknown"), "\(name)")
            let whole = try pieces(of: history.events, pageSize: history.events.count)
            #expect(whole.last == history.events.last?.eventID, "\(name)")
            for size in 1...history.events.count {
                #expect(try pieces(of: history.events, pageSize: size) == whole, "\(name), page size \(size)")
            }
        }
    }

    @Test("Every one survives a round trip through both forms of export", arguments: ["go", "java", "python"])
    func roundTrip(sdk: String) throws {
        for (name, history) in try RecordedHistories.all(of: sdk) {
            #expect(try WorkflowHistory(exported: history.json()).events == history.events, "\(name)")
            #expect(try WorkflowHistory(exported: history.protobuf()).events == history.events, "\(name)")
        }
    }
}

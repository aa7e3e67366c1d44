import Foundation
import Observability
import Testing

@Suite struct OldestSearchTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    /// Looks for the oldest of those with these ages in seconds, where the index lists the youngest first, ten at most.
    private func age(_ ages: [Double], before limit: Double = 900) async throws -> (age: Double?, counted: Int) {
        let begins = ages.map { now - $0 }.sorted(by: >)
        var counted = 0
        let search = OldestSearch(
            listed: 10,
            count: { time in
                counted += 1
                return begins.count { $0 < time }
            }, list: { time in Array(begins.filter { $0 < time }.prefix(10)) })
        let total = begins.count { $0 < now - limit }
        let oldest = try await search.oldest(of: total, before: now - limit, now: now)
        return (oldest.map { now.timeIntervalSince($0) }, counted)
    }

    @Test("Few are listed at once, and none has no age") func few() async throws {
        #expect(try await age([1, 899]) == (nil, 0))
        #expect(try await age([1000, 5000, 901]) == (5000, 0))
    }

    @Test("The oldest of many is found, however much older it is than the others", arguments: [901, 2000, 86_400, 4e7])
    func many(oldest: Double) async throws {
        let (age, counted) = try await age([oldest] + (0..<5000).map { 900.5 + Double($0) / 12_000 })
        #expect(age.map { abs($0 - oldest) <= 1 } == true)
        #expect(counted < 50)
    }

    @Test("Of many that began at once, the age is told to the second") func atOnce() async throws {
        let (age, counted) = try await age((0..<5000).map { 1_000_000 + Double($0) / 10_000 })
        #expect(age.map { abs($0 - 1_000_000) <= 1.5 } == true)
        #expect(counted < 50)
    }
}

import Testing

@testable import LoadGenerator

@Suite("The plan of a load")
struct LoadPlanTests {
    private func plan(
        _ weights: [Int] = [1], count: Int = 1000, rate: Double = 100, arrivals: LoadPlan.Arrivals = .constant,
        keys: LoadPlan.Keys = .weighted, repeated: Double = 0, seed: UInt64 = 1
    ) -> LoadPlan {
        LoadPlan(
            weights: weights, count: count, rate: rate, arrivals: arrivals, keys: keys, repeated: repeated, seed: seed)
    }

    private func counts(_ plan: LoadPlan, kinds: Int) -> [Int] {
        plan.requests.reduce(into: [Int](repeating: 0, count: kinds)) { $0[$1.kind] += 1 }
    }

    @Test("spreads constant arrivals evenly, at the rate asked for")
    func constant() {
        let offsets = plan(count: 5, rate: 4).requests.map(\.offset)
        #expect(offsets == [.zero, .milliseconds(250), .milliseconds(500), .milliseconds(750), .seconds(1)])
    }

    @Test("keeps the rate of poisson arrivals over time, with other distances each time")
    func poisson() {
        let plan = plan(count: 10_000, rate: 100, arrivals: .poisson)
        let gaps = zip(plan.requests.dropFirst(), plan.requests).map { $0.offset - $1.offset }
        #expect((95...105).contains(plan.duration / .seconds(1)))
        #expect(gaps.allSatisfy { $0 >= .zero })
        // As many gaps are below the mean as an exponential distribution has: 63 %.
        #expect((6100...6500).contains(gaps.count { $0 < .milliseconds(10) }))
    }

    @Test("is the same for the same seed, and another for another")
    func seeds() {
        let first = plan([3, 1], arrivals: .poisson, repeated: 0.5, seed: 7).requests
        #expect(first == plan([3, 1], arrivals: .poisson, repeated: 0.5, seed: 7).requests)
        #expect(first != plan([3, 1], arrivals: .poisson, repeated: 0.5, seed: 8).requests)
    }

    @Test("chooses kinds by their weights, and never one without")
    func weights() {
        let counts = counts(plan([70, 0, 30], count: 10_000), kinds: 3)
        #expect((6700...7300).contains(counts[0]))
        #expect(counts[1] == 0)
    }

    @Test("chooses all kinds alike, or a few hot ones, if asked to")
    func keys() {
        let uniform = counts(plan([70, 1, 1], count: 9000, keys: .uniform), kinds: 3)
        #expect(uniform.allSatisfy { (2700...3300).contains($0) })
        let zipf = counts(plan([1, 70, 1], count: 11_000, keys: .zipf), kinds: 3)
        #expect((5700...6300).contains(zipf[0]))
        #expect((2700...3300).contains(zipf[1]))
        #expect((1800...2200).contains(zipf[2]))
    }

    @Test("repeats the share asked for")
    func repeated() {
        #expect(plan().requests.allSatisfy { !$0.isRepeated })
        let count = plan(count: 10_000, repeated: 0.1).requests.count { $0.isRepeated }
        #expect((850...1150).contains(count))
    }
}

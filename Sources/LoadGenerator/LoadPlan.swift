import Foundation

/// What is sent when, decided before anything is sent: an open loop, in which no request waits for another's end.
public struct LoadPlan: Sendable {
    /// How requests are spread over time.
    public enum Arrivals: String, Sendable, CaseIterable, Codable {
        /// At equal distances.
        case constant
        /// Independently of each other, as those of many people are.
        case poisson
    }

    /// How the kinds of requests, and with them the accounts they are about, are chosen.
    public enum Keys: String, Sendable, CaseIterable, Codable {
        /// By the kinds' weights.
        case weighted
        /// Each kind as often as any other.
        case uniform
        /// The first kind most often, the second half as often, the third a third as often: a few hot accounts.
        case zipf
    }

    /// One request.
    public struct Request: Sendable, Hashable {
        /// When it is to be sent, from the beginning.
        public let offset: Duration
        /// Which kind it is of.
        public let kind: Int
        /// Whether it is sent twice, as producers do when an answer was lost.
        public let isRepeated: Bool
    }

    /// In the order of their times.
    public let requests: [Request]

    /// - Parameters:
    ///   - weights: How often each kind is chosen, in proportion; not all zero.
    ///   - rate: Requests in a second; more than zero.
    ///   - repeated: How many of the requests are sent twice, from 0 to 1.
    ///   - seed: The same one gives the same plan.
    public init(
        weights: [Int], count: Int, rate: Double, arrivals: Arrivals = .constant, keys: Keys = .weighted,
        repeated: Double = 0, seed: UInt64 = 1
    ) {
        var generator = SeededGenerator(seed: seed)
        let shares = Self.shares(weights, keys)
        var time = 0.0
        requests = (0..<count).map { number in
            switch arrivals {
            case .constant: time = Double(number) / rate
            case .poisson: time -= log(1 - Double.random(in: 0..<1, using: &generator)) / rate
            }
            let kind = Self.choose(shares, Double.random(in: 0..<1, using: &generator))
            return Request(
                offset: .seconds(time), kind: kind,
                isRepeated: Double.random(in: 0..<1, using: &generator) < repeated)
        }
    }

    /// When the last request is sent.
    public var duration: Duration { requests.last?.offset ?? .zero }

    /// Kinds without weight are never chosen.
    private static func shares(_ weights: [Int], _ keys: Keys) -> [Double] {
        var rank = 0.0
        return weights.map { weight in
            guard weight > 0 else { return 0 }
            rank += 1
            return switch keys {
            case .weighted: Double(weight)
            case .uniform: 1
            case .zipf: 1 / rank
            }
        }
    }

    private static func choose(_ shares: [Double], _ number: Double) -> Int {
        var left = number * shares.reduce(0, +)
        for (index, share) in shares.enumerated() where share > 0 {
            left -= share
            if left < 0 { return index }
        }
        return shares.lastIndex { $0 > 0 } ?? 0
    }
}

import Kafka
import PaymentEvents

/// A kind of payment request that a load is made of.
struct LoadKind: Sendable {
    let request: Example.Request
    let weight: Int
    /// What comes of it.
    let expected: String

    /// Those of an examples file that ask for a payment.
    /// - Parameter faults: How many of the requests are to end otherwise than by success, from 0 to 1; nil leaves it to the
    ///   examples' weights.
    static func all(of examples: [Example], faults: Double?) -> [LoadKind] {
        let scale = 1000
        let kinds = examples.compactMap { example -> LoadKind? in
            guard case .request(let request) = example.content, case .outcome(let outcome) = example.expectation else {
                return nil
            }
            return LoadKind(
                request: request, weight: max(0, example.weight) * scale, expected: outcome.description)
        }
        guard let faults else { return kinds }
        let good = kinds.filter(\.isSuccessful).map(\.weight).reduce(0, +)
        let bad = kinds.map(\.weight).reduce(0, +) - good
        return kinds.map { kind in
            let share = kind.isSuccessful ? (1 - faults) / Double(max(1, good)) : faults / Double(max(1, bad))
            return LoadKind(
                request: kind.request, weight: Int(share * Double(kind.weight) * Double(scale) * Double(scale)),
                expected: kind.expected)
        }
    }

    private var isSuccessful: Bool { expected == "SUCCEEDED" }

    func record(id: String, topic: String, _ codec: EventCodec) throws -> ProducerRecord {
        try Workload.record(of: request, id: id, topic: topic, codec)
    }
}

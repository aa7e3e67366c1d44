import Foundation
import Kafka
import PaymentEvents

/// What a demonstration puts on the topic of payment requests.
struct Workload: Sendable {
    /// A payment that is to have an outcome.
    struct Payment: Sendable {
        let id: String
        let example: Example.Request
        let expected: Outcome
        let record: ProducerRecord
    }

    /// A record that is to be dead-lettered.
    struct BadRecord: Sendable {
        let reason: String
        let record: ProducerRecord
    }

    let payments: [Payment]
    let badRecords: [BadRecord]

    /// - Parameters:
    ///   - count: How many payments to make of the examples, by their weights; each bad record occurs once.
    ///   - run: Begins every payment's id, so that no two runs share one.
    /// - Throws: ``CommandFailure`` when there is no example of a payment; when an example can't be encoded.
    init(_ examples: [Example], count: Int, run: String, topic: String) throws {
        var good: [(weight: Int, request: Example.Request, expected: Outcome)] = []
        var badRecords: [BadRecord] = []
        for example in examples {
            switch (example.expectation, example.content) {
            case (.outcome(let outcome), .request(let request)):
                good.append((max(0, example.weight), request, outcome))
            case (.deadLetter(let reason), let content):
                let id = "\(run)-bad-\(badRecords.count + 1)"
                badRecords.append(
                    BadRecord(
                        reason: reason,
                        record: try Self.record(content, id: id, hasKey: example.hasKey, topic: topic)))
            case (.outcome, .text):
                throw CommandFailure("an example with a \"value\" can only expect a \"dead_letter\"")
            }
        }
        guard count == 0 || good.contains(where: { $0.weight > 0 }) else {
            throw CommandFailure("the examples hold no payment", status: CommandFailure.badInput)
        }
        self.badRecords = count == 0 ? [] : badRecords
        payments = try Self.mix(weights: good.map(\.weight), count: count).enumerated().map { number, index in
            let id = "\(run)-\(number + 1)"
            let request = good[index].request
            return Payment(
                id: id, example: request, expected: good[index].expected,
                record: try Self.record(.request(request), id: id, hasKey: true, topic: topic))
        }
    }

    /// Smooth weighted round robin: `count` indices, each as often as its weight says, evenly spread.
    private static func mix(weights: [Int], count: Int) -> [Int] {
        let total = weights.reduce(0, +)
        var credit = weights.map { _ in 0 }
        return (0..<count).map { _ in
            for index in weights.indices { credit[index] += weights[index] }
            let next = credit.indices.max { credit[$0] < credit[$1] } ?? 0
            credit[next] -= total
            return next
        }
    }

    private static func record(
        _ content: Example.Content, id: String, hasKey: Bool, topic: String
    ) throws -> ProducerRecord {
        let key = hasKey ? Array(id.utf8) : nil
        switch content {
        case .text(let text):
            return ProducerRecord(topic: topic, key: key, value: Array(text.utf8))
        case .request(let request):
            var record = try record(of: request, id: id, topic: topic, EventCodec(source: "/payment-saga/dev"))
            record.key = key
            return record
        }
    }

    /// The request as a record of its own.
    static func record(
        of request: Example.Request, id: String, topic: String, _ codec: EventCodec
    ) throws -> ProducerRecord {
        let json = try JSONEncoder().encode(IdentifiedRequest(id: id, request: request))
        let event = try EventCodec.decode(PaymentRequested.self, from: Array(json), headers: [])
        let encoded = try codec.encode(event)
        return ProducerRecord(
            topic: topic, key: encoded.key, value: encoded.value,
            headers: encoded.headers.map { KafkaHeader($0.name, $0.value) })
    }
}

/// A request with its id and time, in one JSON object.
private struct IdentifiedRequest: Encodable {
    let id: String
    let request: Example.Request

    private enum CodingKeys: String, CodingKey {
        case id = "payment_id"
        case requestedAt = "requested_at"
    }

    func encode(to encoder: any Encoder) throws {
        try request.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(Date().formatted(.iso8601), forKey: .requestedAt)
    }
}

import Foundation
import Kafka

/// An outcome as its topic has it, in JSON.
struct OutcomeEvent: Sendable {
    let paymentID: String
    let eventID: String
    let outcome: Outcome

    /// Nil when the record is no outcome.
    init?(_ record: KafkaRecord) {
        struct Subject: Decodable {
            let paymentID: String
            enum CodingKeys: String, CodingKey { case paymentID = "payment_id" }
        }
        let value = Data(record.value ?? [])
        let decoder = JSONDecoder()
        guard let eventID = record.headers.text(of: "ce_id"),
            let subject = try? decoder.decode(Subject.self, from: value),
            let outcome = try? decoder.decode(Outcome.self, from: value)
        else { return nil }
        paymentID = subject.paymentID
        self.eventID = eventID
        self.outcome = outcome
    }
}

import Foundation
import Kafka
import Logging
import PaymentEvents

/// The dead-letter topic: where records go that can't be applied, so that they are neither lost nor in the way.
struct DeadLetterQueue: Sendable {
    let topic: String
    let backoff: Backoff
    let logger: Logger
    /// Returns when the broker has the record.
    let send: @Sendable (ProducerRecord) async throws -> Void

    /// Stores the record in the topic; tries until the broker has it.
    ///
    /// - Throws: `CancellationError`.
    func store(_ record: KafkaRecord, _ rejection: Rejection, _ calls: CallShield) async throws {
        let letter = DeadLetter(record: record, rejection: rejection, time: Date())
        var outgoing = letter.whole(topic: topic)
        var isTruncated = false
        var attempt = 0
        while true {
            do {
                let attempted = outgoing
                try await calls.run { try await send(attempted) }
                break
            } catch let error as KafkaError where error.code == .messageTooLarge && !isTruncated {
                outgoing = letter.truncated(topic: topic)
                isTruncated = true
            } catch {
                try Task.checkCancellation()
                attempt += 1
                logger.error("the dead-letter topic does not take a record, trying on: \(error)")
                try await Task.sleep(for: backoff.delay(afterAttempt: attempt))
            }
        }
        var metadata: Logger.Metadata = [
            "reason": "\(rejection.reason.rawValue)", "partition": "\(record.topicPartition)",
            "offset": "\(record.offset)",
        ]
        // Any other key may be anything, and is not for logs.
        if let id = record.key.map({ String(decoding: $0, as: UTF8.self) }), PaymentID.isValid(id) {
            metadata["workflow_id"] = "\(id)"
        }
        logger.warning("record dead-lettered: \(rejection.text)", metadata: metadata)
    }
}

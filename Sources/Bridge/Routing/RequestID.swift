import Crypto
import Kafka
import PaymentEvents

/// The id under which Temporal knows a call for the repetition of an earlier one.
enum RequestID {
    /// Derives the id from the event's own id (`ce_source` and `ce_id`, or else the record's place) and its contents.
    ///
    /// The place is the first one: a record that was replayed has another by now, and may have been applied before.
    ///
    /// The contents are in it because a producer may give two events the same id: without them Temporal would take the
    /// second for a repetition of the first and answer that all is well.
    static func derive(from record: KafkaRecord, _ attributes: EventAttributes, _ digest: ContentDigest) -> String {
        let place = record.origin ?? record.place
        var parts = [place.topic, String(place.partition), String(place.offset)]
        if let id = attributes.id, !id.isEmpty { parts = [attributes.source ?? "", id] }
        parts.append(digest.text)
        var hash = SHA256()
        for part in parts {
            // The lengths keep ("ab", "c") and ("a", "bc") apart.
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        return hash.finalize().hexadecimal
    }
}

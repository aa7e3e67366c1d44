import Kafka
import Tracing

/// The trace that a record belongs to, by its headers.
enum RecordTrace {
    /// Runs `body` in a span of what is done with the record.
    static func span<Answer>(of record: KafkaRecord, _ body: (any Span) async throws -> Answer) async throws -> Answer {
        var context = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(record.headers, into: &context, using: Headers())
        return try await withSpan("process \(record.topic)", context: context, ofKind: .consumer) { span in
            span.updateAttributes {
                $0["messaging.system"] = "kafka"
                $0["messaging.destination.name"] = record.topic
                $0["messaging.destination.partition.id"] = "\(record.partition)"
                $0["messaging.kafka.offset"] = record.offset
            }
            return try await body(span)
        }
    }

    private struct Headers: Extractor {
        func extract(key: String, from headers: [KafkaHeader]) -> String? { headers.text(of: key) }
    }
}

import Kafka
import PaymentEvents

/// What becomes of the records of one topic.
struct Route: Sendable {
    let topic: String
    /// Reads and checks a record, and says what it asks of Temporal. The same record gives the same answer each time.
    let command: @Sendable (KafkaRecord) throws(Rejection) -> WorkflowCommand

    /// The largest value that is decoded, in bytes. Every valid event is much smaller, and everything below fits into
    /// what Temporal accepts.
    static let maximumValueBytes = 262_144

    /// A route for events of one type.
    ///
    /// - Parameter command: What a valid event asks for. Whatever it throws makes the event invalid.
    init<Event: InboundPaymentEvent>(
        topic: String, _ type: Event.Type,
        command: @escaping @Sendable (Event, KafkaRecord, EventAttributes) throws -> WorkflowCommand
    ) {
        self.topic = topic
        self.command = { (record) throws(Rejection) in
            let headers = record.headers.eventHeaders
            let event = try Self.read(type, record, headers)
            do {
                return try command(event, record, EventAttributes(headers: headers))
            } catch {
                throw Rejection(.invalid, String(describing: error))
            }
        }
    }

    private static func read<Event: InboundPaymentEvent>(
        _ type: Event.Type, _ record: KafkaRecord, _ headers: [EventHeader]
    ) throws(Rejection) -> Event {
        guard let key = record.key, !key.isEmpty else {
            throw Rejection(.missingKey, "the record has no key; it must be the payment id")
        }
        guard let value = record.value else { throw Rejection(.tombstone, "the record has no value") }
        guard value.count <= maximumValueBytes else {
            throw Rejection(.oversized, "the value has \(value.count) bytes; at most \(maximumValueBytes) are read")
        }
        let event: Event
        do {
            event = try EventCodec.decode(type, from: value, headers: headers)
        } catch {
            throw Rejection(error.reason, error.description)
        }
        do {
            try event.validate()
        } catch {
            throw Rejection(.invalid, error.description)
        }
        do {
            try event.validate(key: String(validating: key, as: UTF8.self) ?? "\u{FFFD}")
        } catch {
            throw Rejection(.keyMismatch, error.description)
        }
        return event
    }
}

extension [KafkaHeader] {
    /// Those that are text; the headers events carry are.
    fileprivate var eventHeaders: [EventHeader] {
        compactMap { header in
            guard let value = header.value, let text = String(validating: value, as: UTF8.self) else { return nil }
            return (header.name, text)
        }
    }
}

extension EventCodingError {
    fileprivate var reason: DeadLetterReason {
        switch self {
        case .missingValue: .tombstone
        case .unsupportedContentType: .unsupportedContentType
        case .unexpectedType: .unexpectedType
        case .malformed, .unencodable: .malformed
        }
    }
}

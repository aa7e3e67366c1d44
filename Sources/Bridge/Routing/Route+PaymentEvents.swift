import Kafka
import PaymentEvents

extension Route {
    /// A route for events of one type.
    ///
    /// - Parameter command: What a valid event asks for. Whatever it throws makes the event invalid.
    init<Event: InboundPaymentEvent>(
        topic: String, _ type: Event.Type,
        command: @escaping @Sendable (Event, KafkaRecord, EventAttributes) throws -> WorkflowCommand
    ) {
        self.init(topic: topic) { (record, key, value) throws(Rejection) in
            let headers = record.headers.eventHeaders
            let event = try Self.read(type, key, value, headers)
            do {
                return try command(event, record, EventAttributes(headers: headers))
            } catch {
                throw Rejection(.invalid, String(describing: error))
            }
        }
    }

    private static func read<Event: InboundPaymentEvent>(
        _ type: Event.Type, _ key: [UInt8], _ value: [UInt8], _ headers: [EventHeader]
    ) throws(Rejection) -> Event {
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

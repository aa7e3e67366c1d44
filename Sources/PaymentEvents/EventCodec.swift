public import Foundation
import SwiftProtobuf

/// Writes events as Kafka messages and reads them back.
public struct EventCodec: Sendable {
    /// The CloudEvents source, a URI reference that names the publisher, for example `/payment-saga/worker`.
    public let source: String

    /// The encoding of what is written. Reading goes by the message's own header.
    public let contentType: EventContentType

    public init(source: String, contentType: EventContentType = .json) {
        self.source = source
        self.contentType = contentType
    }

    /// Encodes `event` with its key and headers. The same event gives the same bytes each time.
    ///
    /// - Parameters:
    ///   - sentAt: `ce_time` for an event that holds no time of its own; without both the header is left out.
    ///   - traceparent: The W3C trace context to pass on; an invalid one is dropped.
    /// - Throws: `EventCodingError.unencodable` if a timestamp is out of range.
    public func encode(
        _ event: some PaymentEvent, sentAt: Date? = nil, traceparent: String? = nil
    ) throws(EventCodingError) -> EncodedEvent {
        do {
            let value: [UInt8] =
                switch contentType {
                case .json: try event.jsonUTF8Bytes(options: Self.jsonEncoding)
                case .protobuf: try event.serializedBytes(partial: false, options: Self.binaryEncoding)
                }
            let time = event.eventTime ?? sentAt.map(Google_Protobuf_Timestamp.init(date:))
            var headers: [EventHeader] = [
                (EventHeaderName.specificationVersion, "1.0"),
                (EventHeaderName.id, event.eventID),
                (EventHeaderName.type, type(of: event).eventType),
                (EventHeaderName.source, source),
            ]
            if let time {
                headers.append((EventHeaderName.time, try Self.text(of: time)))
            }
            headers.append((EventHeaderName.contentType, contentType.rawValue))
            if let traceparent, Traceparent.isValid(traceparent) {
                headers.append((EventHeaderName.traceparent, traceparent))
            }
            return EncodedEvent(key: event.partitionKey, value: value, headers: headers)
        } catch {
            throw .unencodable(event: type(of: event).eventName, problem: String(describing: error))
        }
    }

    /// Decodes a message's value by its `content-type`, JSON if it has none. JSON may spell its fields as the schema
    /// does or in camel case, and fields that the schema doesn't know are ignored.
    ///
    /// - Parameter value: The bytes, or nil for a Kafka tombstone.
    /// - Throws: `EventCodingError`; repeating the call with the same message throws the same.
    public static func decode<Event: PaymentEvent>(
        _ type: Event.Type = Event.self, from value: [UInt8]?, headers: [EventHeader]
    ) throws(EventCodingError) -> Event {
        let attributes = EventAttributes(headers: headers)
        // A stranger's type is let through: what counts then is whether the value parses and validates. Another version
        // of this schema is not: it may parse, since unknown fields are ignored, and mean something else.
        if let found = attributes.type, found != Event.eventType, isOfThisSchema(found) {
            throw .unexpectedType(event: Event.eventName, found: String(found.prefix(80)))
        }
        guard let value else { throw .missingValue(event: Event.eventName) }
        var contentType = EventContentType.json
        if let header = attributes.contentType {
            guard let known = EventContentType(header: header) else {
                throw .unsupportedContentType(event: Event.eventName, contentType: String(header.prefix(80)))
            }
            contentType = known
        }
        do {
            return switch contentType {
            case .json: try Event(jsonUTF8Bytes: value, options: jsonDecoding)
            case .protobuf: try Event(serializedBytes: value)
            }
        } catch {
            throw .malformed(event: Event.eventName, contentType: contentType, problem: String(describing: error))
        }
    }

    /// Whether a type is one of this schema's, in whatever version: `payments.v1.PaymentRequested` and the like.
    private static func isOfThisSchema(_ type: String) -> Bool {
        let package = "payments.v"
        return type.hasPrefix(package) && type.dropFirst(package.count).first?.isNumber == true
    }

    private static let jsonEncoding: JSONEncodingOptions = {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.alwaysPrintInt64sAsNumbers = true
        options.useDeterministicOrdering = true
        return options
    }()

    private static let binaryEncoding: BinaryEncodingOptions = {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        return options
    }()

    private static let jsonDecoding: JSONDecodingOptions = {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return options
    }()

    /// RFC 3339, which is the timestamp's JSON mapping without its quotes.
    private static func text(of time: Google_Protobuf_Timestamp) throws -> String {
        String(try time.jsonString().dropFirst().dropLast())
    }
}

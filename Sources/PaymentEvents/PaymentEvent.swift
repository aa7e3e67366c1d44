public import SwiftProtobuf

/// A message of the `payments.v1` schema that travels on a topic of its own.
public protocol PaymentEvent: SwiftProtobuf.Message {
    /// The CloudEvents id. It derives from the contents, so publishing the same fact twice repeats the id and
    /// consumers can drop the repetition.
    var eventID: String { get }

    /// When the event happened, if the event itself says so.
    var eventTime: Google_Protobuf_Timestamp? { get }

    /// The Kafka key: events with the same key stay in order.
    var partitionKey: String { get }
}

extension PaymentEvent {
    /// The CloudEvents type: the full name of the message, for example `payments.v1.PaymentRequested`.
    public static var eventType: String { protoMessageName }

    /// The name of the message without its package, for texts.
    static var eventName: String { String(protoMessageName.split(separator: ".").last ?? "") }
}

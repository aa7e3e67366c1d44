import Kafka
import PaymentEvents
import SwiftProtobuf

/// Events as producers send them.
struct PaymentRecords: Sendable {
    /// Who pays.
    static let user = "user-3"
    private static let time = Google_Protobuf_Timestamp(seconds: 1_767_323_045)
    private static let codec = EventCodec(source: "/tests")
    private static let topics = Topics()

    static func request(_ payment: String, minorUnits: Int64 = 2_599) throws -> ProducerRecord {
        try record(
            PaymentRequested.with {
                $0.paymentID = payment
                $0.userID = user
                $0.amount.currency = "EUR"
                $0.amount.minorUnits = minorUnits
                $0.paymentMethod.type = "card"
                $0.paymentMethod.token = "tok_ok"
                $0.merchantID = "merchant-9"
                $0.requestedAt = time
            }, topics.requests)
    }

    static func confirmation(
        _ payment: String, id: String = "c-1", isApproved: Bool = true, eventID: String? = nil
    ) throws -> ProducerRecord {
        let event = GatewayConfirmation.with {
            $0.confirmationID = id
            $0.paymentID = payment
            $0.gatewayReference = "gw-55"
            $0.status = isApproved ? .approved : .declined
            $0.occurredAt = time
        }
        return try record(event, topics.confirmations, eventID: eventID)
    }

    /// The `number`th word on a payment: each has an event id of its own.
    static func cancellation(_ payment: String, number: Int, partition: Int32? = nil) throws -> ProducerRecord {
        let event = CancellationRequested.with {
            $0.paymentID = payment
            $0.requestedBy = user
            $0.reason = "\(number)"
        }
        var record = try record(event, topics.cancellations, eventID: "\(payment)/\(number)")
        record.partition = partition
        return record
    }

    private static func record(
        _ event: some PaymentEvent, _ topic: String, eventID: String? = nil
    ) throws -> ProducerRecord {
        let encoded = try codec.encode(event)
        var headers = encoded.headers.map { KafkaHeader($0.name, $0.value) }
        if let eventID { headers.append(KafkaHeader("ce_id", eventID)) }
        return ProducerRecord(topic: topic, key: encoded.key, value: encoded.value, headers: headers)
    }
}

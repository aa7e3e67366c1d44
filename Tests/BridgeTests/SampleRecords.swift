import Kafka
import PaymentEvents
import SwiftProtobuf
import Testing

@testable import Bridge

/// Events as producers send them, and records as consumers read them.
enum SampleRecords {
    static let topics = Topics()
    private static let time = Google_Protobuf_Timestamp(seconds: 1_767_323_045)
    private static let codec = EventCodec(source: "/tests")

    static func request(_ paymentID: String, minorUnits: Int64 = 2_599, currency: String = "EUR") -> PaymentRequested {
        .with {
            $0.paymentID = paymentID
            $0.userID = "user-3"
            $0.amount.currency = currency
            $0.amount.minorUnits = minorUnits
            $0.paymentMethod.type = "card"
            $0.paymentMethod.token = "tok_secret_4f"
            $0.merchantID = "merchant-9"
            $0.requestedAt = time
        }
    }

    static func confirmation(_ paymentID: String, id: String = "c-1") -> GatewayConfirmation {
        .with {
            $0.confirmationID = id
            $0.paymentID = paymentID
            $0.gatewayReference = "gw-55"
            $0.status = .approved
            $0.occurredAt = time
        }
    }

    static func cancellation(_ paymentID: String, reason: String = "ordered twice") -> CancellationRequested {
        .with {
            $0.paymentID = paymentID
            $0.requestedBy = "user-3"
            $0.reason = reason
        }
    }

    static func outgoing(_ event: some PaymentEvent, to topic: String) throws -> ProducerRecord {
        let encoded = try codec.encode(event)
        let headers = encoded.headers.map { KafkaHeader($0.name, $0.value) }
        return ProducerRecord(topic: topic, key: encoded.key, value: encoded.value, headers: headers)
    }

    /// Each has its own event id, unlike those of the codec.
    static func numberedCancellation(_ paymentID: String, _ number: Int) throws -> ProducerRecord {
        var record = try outgoing(cancellation(paymentID, reason: "\(number)"), to: topics.cancellations)
        record.headers.append(KafkaHeader("ce_id", "\(paymentID)/\(number)"))
        return record
    }

    static func read(_ event: some PaymentEvent, from topic: String, offset: Int64 = 0) throws -> KafkaRecord {
        let record = try outgoing(event, to: topic)
        return KafkaRecord(
            topic: topic, partition: 0, offset: offset, key: record.key, value: record.value, headers: record.headers)
    }

    /// What the bridge makes of a signal's record.
    static func command(of record: ProducerRecord) throws -> SignalCommand? {
        let route = try #require(Route.payments().first { $0.topic == record.topic })
        let read = KafkaRecord(
            topic: record.topic, partition: 0, offset: 0, key: record.key, value: record.value, headers: record.headers)
        guard case .signal(let signal) = try route.command(read) else { return nil }
        return signal
    }
}

extension KafkaRecord {
    /// A copy with some of it changed.
    func with(
        key: [UInt8]?? = nil, value: [UInt8]?? = nil, headers: [KafkaHeader]? = nil, offset: Int64? = nil
    ) -> KafkaRecord {
        KafkaRecord(
            topic: topic, partition: partition, offset: offset ?? self.offset, key: key ?? self.key,
            value: value ?? self.value, headers: headers ?? self.headers)
    }
}

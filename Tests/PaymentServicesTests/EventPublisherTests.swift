import Foundation
import Kafka
import PaymentEvents
import PaymentSaga
import PaymentServices
import Temporal
import Testing

@Suite("Event publisher", .timeLimit(.minutes(5)))
struct EventPublisherTests {
    @Test("An outcome is published as the contract has it: key, headers and every field of its JSON")
    func outcome() async throws {
        try await EventBroker.lending { broker in
            try await broker.publisher.publish(
                .sample(.failed, code: .gatewayDeclined, reason: "card expired"))
            let record = try #require(try await broker.records(1, of: broker.topics.outcomes).first)
            #expect(record.key == Array("p-1".utf8))
            let expected: NSDictionary = [
                "payment_id": "p-1", "user_id": "user-1", "amount": ["currency": "EUR", "minor_units": 1000],
                "status": "FAILED", "reason_code": "GATEWAY_DECLINED", "reason": "card expired",
                "completed_at": "2026-01-02T03:04:05.679Z",
            ]
            #expect(try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? NSDictionary == expected)
            let headers = [
                "ce_specversion": "1.0", "ce_id": "p-1/outcome/failed", "ce_type": "payments.v1.PaymentOutcome",
                "ce_source": "/payment-saga/worker", "ce_time": "2026-01-02T03:04:05.679Z",
                "content-type": "application/json",
            ]
            #expect(record.headers.count == headers.count)
            for (name, value) in headers { #expect(record.headers.text(of: name) == value) }
        }
    }

    @Test("A success has the gateway's reference, and no reason")
    func success() async throws {
        try await EventBroker.lending { broker in
            try await broker.publisher.publish(try .sample())
            let record = try #require(try await broker.records(1, of: broker.topics.outcomes).first)
            let json = try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any]
            #expect(json?["gateway_reference"] as? String == "ch_1")
            #expect(json?["status"] as? String == "SUCCEEDED")
            #expect(json?["reason_code"] == nil && json?["reason"] == nil)
        }
    }

    @Test("Published again by another worker, an outcome is the same to the byte")
    func repeatedOutcome() async throws {
        try await EventBroker.lending { broker in
            try await broker.publisher.publish(.sample(.rejected, code: .limitExceeded, reason: "too much"))
            let producer = try RenewableProducer(broker.configuration)
            let other = EventPublisher(producer: producer, topics: broker.topics)
            try await other.publish(.sample(.rejected, code: .limitExceeded, reason: "too much"))
            await producer.close()
            let records = try await broker.records(2, of: broker.topics.outcomes)
            try #require(records.count == 2)
            #expect(records[0].key == records[1].key && records[0].partition == records[1].partition)
            #expect(records[0].value == records[1].value)
            #expect(records[0].headers == records[1].headers)
        }
    }

    @Test("After its producer has failed for good, an outcome is published at the next attempt") func renewed()
        async throws
    {
        try await EventBroker.lending { broker in
            try broker.cluster.failNext(.initProducerID, with: [KafkaErrorCode(rawValue: 31)])
            await #expect(throws: ApplicationFailure.self) {
                try await broker.publisher.publish(try .sample())
            }
            try await broker.publisher.publish(try .sample())
            #expect(try await broker.records(1, of: broker.topics.outcomes).count == 1)
        }
    }

    @Test(
        "Every reason code has the same name in the event as in the status", arguments: PaymentSaga.ReasonCode.allCases)
    func reasonCodes(code: PaymentSaga.ReasonCode) async throws {
        try await EventBroker.lending { broker in
            try await broker.publisher.publish(.sample(.failed, code: code))
            let record = try #require(try await broker.records(1, of: broker.topics.outcomes).first)
            let json = try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any]
            #expect(json?["reason_code"] as? String == code.rawValue)
        }
    }

    @Test(
        "A payment that has not ended has no outcome to publish",
        arguments: [PaymentStatusView.Status.pending, .processing])
    func unfinished(status: PaymentStatusView.Status) async throws {
        try await EventBroker.lending { broker in
            try await expectFailure(ServiceFailure.invalidEvent, isNonRetryable: true) {
                try await broker.publisher.publish(.sample(status))
            }
        }
    }

    @Test("A time that no event can hold ends the attempts", arguments: [Double.infinity, 1e300, -1e13, 1e12])
    func time(seconds: Double) async throws {
        try await EventBroker.lending { broker in
            var announcement = try OutcomeAnnouncement.sample()
            announcement.result.completedAt = Date(timeIntervalSince1970: seconds)
            try await expectFailure(ServiceFailure.invalidEvent, isNonRetryable: true) {
                try await broker.publisher.publish(announcement)
            }
        }
    }

    @Test("A message that was sent is published under the user's id, to the channel's own event id")
    func notification() async throws {
        try await EventBroker.lending { broker in
            let order = NotificationOrder(channel: .sms, announcement: try .sample())
            // Before 1970 too, as milliseconds count down there.
            let sentAt = Date(timeIntervalSince1970: -0.25)
            try await broker.publisher.publish(sent: order, reference: "m-1", sentAt: sentAt)
            let record = try #require(try await broker.records(1, of: broker.topics.notifications).first)
            #expect(record.key == Array("user-1".utf8))
            #expect(record.headers.text(of: "ce_id") == "p-1/notification/sms/sent")
            #expect(record.headers.text(of: "ce_type") == "payments.v1.NotificationSent")
            let expected: NSDictionary = [
                "payment_id": "p-1", "user_id": "user-1", "channel": "SMS", "provider_reference": "m-1",
                "sent_at": "1969-12-31T23:59:59.750Z",
            ]
            #expect(try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? NSDictionary == expected)
        }
    }

    @Test("With the brokers down, publishing is worth another attempt, which succeeds when they are back")
    func brokersDown() async throws {
        let properties = [
            "delivery.timeout.ms": "500", "socket.timeout.ms": "500", "reconnect.backoff.ms": "10",
            "reconnect.backoff.max.ms": "50",
        ]
        try await EventBroker.lending(properties: properties) { broker in
            try broker.cluster.takeDown()
            try await expectFailure(ServiceFailure.eventsUnavailable, isNonRetryable: false) {
                try await broker.publisher.publish(.sample())
            }
            try broker.cluster.bringUp()
            while (try? await broker.publisher.publish(.sample())) == nil { try Task.checkCancellation() }
            let records = try await broker.records(1, of: broker.topics.outcomes)
            #expect(records.first?.headers.text(of: "ce_id") == "p-1/outcome/succeeded")
        }
    }
}

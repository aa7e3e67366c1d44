import Foundation
import PaymentEvents
import SwiftProtobuf
import Testing

@Suite struct EventCodecTests {
    private static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func value(_ name: String, in headers: [EventHeader]) -> String? {
        headers.first { $0.name == name }?.value
    }

    @Test("Every event comes back unchanged", arguments: EventContentType.allCases)
    func roundTrip(contentType: EventContentType) throws {
        func check<Event: PaymentEvent & Equatable>(_ event: Event) throws {
            let encoded = try EventCodec(source: "/tests", contentType: contentType).encode(event)
            let decoded: Event = try EventCodec.decode(from: encoded.value, headers: encoded.headers)
            #expect(decoded == event)
        }
        try check(SampleEvents.request)
        try check(SampleEvents.confirmation)
        try check(SampleEvents.cancellation)
        try check(SampleEvents.outcome)
        try check(SampleEvents.notificationRequest)
        try check(SampleEvents.notificationSent)
    }

    @Test("An event carries the CloudEvents headers and the trace context") func headers() throws {
        let encoded = try EventCodec(source: "/payment-saga/worker")
            .encode(SampleEvents.outcome, traceparent: Self.traceparent)
        #expect(
            encoded.headers.map { "\($0.name): \($0.value)" } == [
                "ce_specversion: 1.0",
                "ce_id: order-17/outcome/failed",
                "ce_type: payments.v1.PaymentOutcome",
                "ce_source: /payment-saga/worker",
                "ce_time: 2026-01-02T03:04:05.250Z",
                "content-type: application/json",
                "traceparent: \(Self.traceparent)",
            ])
    }

    @Test("Binary events say so in their content type") func binaryContentType() throws {
        let encoded = try EventCodec(source: "/tests", contentType: .protobuf).encode(SampleEvents.request)
        #expect(value("content-type", in: encoded.headers) == "application/protobuf")
    }

    @Test("Repeating an event repeats its bytes, headers and key", arguments: EventContentType.allCases)
    func deterministic(contentType: EventContentType) throws {
        let codec = EventCodec(source: "/tests", contentType: contentType)
        for event in SampleEvents.all {
            let (first, second) = (try codec.encode(event), try codec.encode(event))
            #expect(first.value == second.value)
            #expect(first.key == second.key)
            #expect(first.headers.elementsEqual(second.headers, by: ==))
        }
    }

    @Test("Event ids derive from the payment and its state") func eventIDs() {
        #expect(
            SampleEvents.all.map(\.eventID) == [
                "order-17/requested", "order-17/confirmation/c-1", "order-17/cancellation", "order-17/outcome/failed",
                "order-17/notification/email/requested", "order-17/notification/sms/sent",
            ])
        let states: [PaymentStatus] = [.succeeded, .failed, .cancelled, .rejected]
        let ids = states.map { state in PaymentOutcome.with { ($0.paymentID, $0.status) = ("p", state) }.eventID }
        #expect(ids == ["p/outcome/succeeded", "p/outcome/failed", "p/outcome/cancelled", "p/outcome/rejected"])
    }

    @Test("Notifications are keyed by user, all other events by payment") func keys() throws {
        let codec = EventCodec(source: "/tests")
        let keys = try SampleEvents.all.map { try codec.encode($0).key }
        #expect(keys == ["order-17", "order-17", "order-17", "order-17", "user-3", "user-3"])
    }

    @Test("A cancellation takes the time of sending, or none") func timeOfSending() throws {
        let codec = EventCodec(source: "/tests")
        let timed = try codec.encode(SampleEvents.cancellation, sentAt: Date(timeIntervalSince1970: 1_767_323_045))
        #expect(value("ce_time", in: timed.headers) == "2026-01-02T03:04:05Z")
        let untimed = try codec.encode(SampleEvents.cancellation)
        #expect(value("ce_time", in: untimed.headers) == nil)
    }

    @Test("A time that RFC 3339 cannot express is refused") func unencodable() {
        var outcome = SampleEvents.outcome
        outcome.completedAt.seconds = .max
        let codec = EventCodec(source: "/tests")
        let error = #expect(throws: EventCodingError.self) { try codec.encode(outcome) }
        #expect(error?.description.hasPrefix("PaymentOutcome can't be encoded: ") == true)
    }

    @Test(
        "The content type is read whatever its case and parameters",
        arguments: ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=utf-8"]
    ) func contentTypeSpelling(header: String) throws {
        let event: CancellationRequested = try EventCodec.decode(
            from: Array(#"{"payment_id":"p"}"#.utf8), headers: [("Content-Type", header)])
        #expect(event.paymentID == "p")
    }

    @Test("Another content type is refused by name") func unsupportedContentType() {
        #expect(throws: EventCodingError.unsupportedContentType(event: "PaymentRequested", contentType: "text/xml")) {
            try EventCodec.decode(PaymentRequested.self, from: [], headers: [("content-type", "text/xml")])
        }
    }

    @Test("A tombstone is refused") func tombstone() {
        #expect(throws: EventCodingError.missingValue(event: "PaymentRequested")) {
            try EventCodec.decode(PaymentRequested.self, from: nil, headers: [])
        }
    }

    @Test("Bytes that are no protobuf are refused") func malformedBinary() {
        let error = #expect(throws: EventCodingError.self) {
            try EventCodec.decode(
                PaymentRequested.self, from: [0x0A, 0xFF], headers: [("content-type", "application/protobuf")])
        }
        #expect(error?.description.contains("is not valid application/protobuf") == true)
    }

    @Test("An event of another type or version of the schema is refused, a stranger's type is not")
    func types() throws {
        let sent = try EventCodec(source: "/tests").encode(SampleEvents.notificationSent)
        #expect(
            throws: EventCodingError.unexpectedType(
                event: "NotificationRequested", found: "payments.v1.NotificationSent")
        ) { try EventCodec.decode(NotificationRequested.self, from: sent.value, headers: sent.headers) }
        let value = Array(#"{"payment_id":"p"}"#.utf8)
        let later = "payments.v2.GatewayConfirmation"
        #expect(throws: EventCodingError.unexpectedType(event: "GatewayConfirmation", found: later)) {
            try EventCodec.decode(GatewayConfirmation.self, from: value, headers: [("ce_type", later)])
        }
        let strange = try EventCodec.decode(
            GatewayConfirmation.self, from: value, headers: [("ce_type", "com.example.charge.updated")])
        #expect(strange.paymentID == "p")
    }

    @Test("Received attributes are those of the last header of a name") func attributes() {
        let attributes = EventAttributes(headers: [
            ("ce_id", "old"), ("CE_ID", "new"), ("ce_source", "/gateway"), ("traceparent", Self.traceparent),
        ])
        #expect(attributes.id == "new")
        #expect(attributes.source == "/gateway")
        #expect(attributes.traceparent == Self.traceparent)
        #expect(attributes.time == nil)
    }

    @Test(
        "An invalid trace context is dropped on the way in and out",
        arguments: [
            "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nx: y",
        ]
    ) func invalidTraceparent(text: String) throws {
        #expect(EventAttributes(headers: [("traceparent", text)]).traceparent == nil)
        let encoded = try EventCodec(source: "/tests").encode(SampleEvents.outcome, traceparent: text)
        #expect(value("traceparent", in: encoded.headers) == nil)
    }

    @Test("A trace context of a later version is passed on") func laterTraceparent() {
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes"
        #expect(EventAttributes(headers: [("traceparent", later)]).traceparent == later)
    }
}

import Kafka
import PaymentEvents
import PaymentSaga
import SwiftProtobuf
import Temporal
import Testing

@testable import Bridge

@Suite struct RouteTests {
    private let topics = SampleRecords.topics
    private let policy = PaymentPolicy(confirmationTimeoutMilliseconds: 1_234)

    private func command(_ record: KafkaRecord) throws -> WorkflowCommand {
        let route = try #require(Route.payments(policy: policy).first { $0.topic == record.topic })
        return try route.command(record)
    }

    private func start(_ record: KafkaRecord) throws -> StartCommand {
        guard case .start(let start) = try command(record) else { throw NoStart() }
        return start
    }

    private struct NoStart: Error {}

    private func rejection(_ record: KafkaRecord) -> Rejection? {
        #expect(throws: Rejection.self) { try command(record) }
    }

    private func request(_ event: PaymentRequested = SampleRecords.request("p-1"), offset: Int64 = 0) throws
        -> KafkaRecord
    {
        try SampleRecords.read(event, from: topics.requests, offset: offset)
    }

    @Test("A request starts the payment's workflow under the payment id, with the configured policy")
    func startsPayment() throws {
        let start = try start(request())
        #expect(start.workflowID == "p-1")
        #expect(start.workflowType == "PaymentWorkflow")
        #expect(start.taskQueue == "payments")
        let input = try DataConverter.standard.decode(PaymentInput.self, from: start.input)
        #expect(input.policy.confirmationTimeoutMilliseconds == 1_234)
        #expect(
            input.request
                == PaymentRequest(
                    paymentID: "p-1", userID: "user-3", merchantID: "merchant-9",
                    amount: Amount(currency: "EUR", minorUnits: 2_599), methodType: "card",
                    methodToken: "tok_secret_4f"))
    }

    @Test("An order starts its fulfilment, once for all events that say the same") func orders() throws {
        var order = OrderPlaced.with {
            $0.orderID = "o-1"
            $0.customerID = "user-3"
            $0.merchantID = "merchant-9"
            $0.items = [.with { ($0.productID, $0.quantity) = ("tea", 2) }]
            $0.total.currency = "EUR"
            $0.total.minorUnits = 1_200
            $0.placedAt.seconds = 1_767_323_045
        }
        func start() throws -> StartCommand {
            let command = try Route.orders().command(SampleRecords.read(order, from: topics.orderRequests))
            guard case .start(let start) = command else { throw NoStart() }
            return start
        }
        let first = try start()
        #expect(first.workflowID == "o-1")
        #expect(first.workflowType == "OrderFulfilmentWorkflow")
        #expect(first.taskQueue == "order-fulfillment")
        let input = try DataConverter.standard.decode(Order.self, from: first.input)
        #expect(input.items == [Order.Item(productID: "tea", quantity: 2)])
        #expect(input.total == Amount(currency: "EUR", minorUnits: 1_200))
        order.placedAt.seconds += 1
        #expect(try start().digest == first.digest)
        order.items[0].quantity = 3
        #expect(try start().digest != first.digest)
    }

    @Test("A confirmation and a cancellation signal the payment's workflow") func signals() throws {
        let confirmation = try SampleRecords.read(SampleRecords.confirmation("p-1"), from: topics.confirmations)
        guard case .signal(let approval) = try command(confirmation) else { throw NoStart() }
        #expect(approval.workflowID == "p-1")
        #expect(approval.name == "gateway-confirmation")
        guard case .start(let late) = approval.whenLate else { throw NoStart() }
        #expect(late.workflowID == "p-1/late-confirmation")
        #expect(late.workflowType == "LateConfirmationWorkflow")
        #expect(late.requestID == approval.requestID)
        #expect(
            try DataConverter.standard.decode(LateConfirmation.self, from: late.input).confirmation.confirmationID
                == "c-1")
        #expect(
            try DataConverter.standard.decode(Confirmation.self, from: approval.input)
                == Confirmation(confirmationID: "c-1", status: .approved, gatewayReference: "gw-55", reason: ""))

        let cancellation = try SampleRecords.read(SampleRecords.cancellation("p-1"), from: topics.cancellations)
        guard case .signal(let cancel) = try command(cancellation) else { throw NoStart() }
        #expect(cancel.name == "cancel")
        #expect(cancel.whenLate == .deadLetter(.lateCancellation))
        #expect(
            try DataConverter.standard.decode(Cancellation.self, from: cancel.input)
                == Cancellation(requestedBy: "user-3", reason: "ordered twice"))
    }

    @Test("A record read again, or an event sent again, asks with the same request id") func sameRequestID() throws {
        let first = try start(request())
        #expect(try start(request()) == first)
        #expect(try start(request(offset: 17)) == first)
    }

    @Test("Without an event id the record's place stands for it") func placeAsID() throws {
        let bare = try request().with(headers: [])
        #expect(try start(bare).requestID == start(bare).requestID)
        #expect(try start(bare).requestID != start(bare.with(offset: 1)).requestID)
        #expect(try start(bare.with(headers: [KafkaHeader("ce_id", "")])) == start(bare))
        let replayed = bare.with(headers: [KafkaHeader(DeadLetterHeader.origin, "\(bare.topic)/0/0")], offset: 1)
        #expect(try start(replayed) == start(bare))
    }

    @Test("Other contents under the same event id are another call, and another request")
    func contentsCount() throws {
        let first = try start(request())
        let other = try start(request(SampleRecords.request("p-1", minorUnits: 9_999)))
        #expect(other.requestID != first.requestID)
        #expect(other.digest != first.digest)
    }

    @Test("A request repeated with a new time, or in the other encoding, is the same request") func sameRequest() throws
    {
        var later = SampleRecords.request("p-1")
        later.requestedAt.seconds += 60
        #expect(try start(request(later)).digest == start(request()).digest)
        let binary = try EventCodec(source: "/tests", contentType: .protobuf).encode(later)
        let record = try request().with(
            value: binary.value, headers: binary.headers.map { KafkaHeader($0.name, $0.value) })
        #expect(try start(record).digest == start(request()).digest)
    }

    @Test("A record that is no valid event is rejected for what is wrong with it", arguments: BadRecord.all)
    func badRecord(_ bad: BadRecord) throws {
        let rejection = rejection(try bad.change(request()))
        #expect(rejection?.reason == bad.reason)
        #expect(rejection?.text.contains("tok_secret_4f") == false)
    }

    @Test("An event of another topic is rejected") func wrongTopic() throws {
        let strays = try SampleRecords.read(SampleRecords.confirmation("p-1"), from: topics.requests)
        #expect(rejection(strays)?.reason == .unexpectedType)
    }
}

/// A valid request made invalid.
struct BadRecord: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: DeadLetterReason
    let change: @Sendable (KafkaRecord) throws -> KafkaRecord

    init(_ name: String, _ reason: DeadLetterReason, _ change: @escaping @Sendable (KafkaRecord) throws -> KafkaRecord)
    {
        testDescription = name
        self.reason = reason
        self.change = change
    }

    private static func containing(_ event: PaymentRequested) -> @Sendable (KafkaRecord) throws -> KafkaRecord {
        { record in record.with(value: try SampleRecords.outgoing(event, to: record.topic).value) }
    }

    static let all: [BadRecord] = [
        BadRecord("not JSON", .malformed) { $0.with(value: Array("{\"payment_id\": tok_secret_4f".utf8)) },
        BadRecord("an empty value", .malformed) { $0.with(value: []) },
        BadRecord("no key", .missingKey) { $0.with(key: .some(nil)) },
        BadRecord("an empty key", .missingKey) { $0.with(key: []) },
        BadRecord("the key of another payment", .keyMismatch) { $0.with(key: Array("p-2".utf8)) },
        BadRecord("a key that is no text", .keyMismatch) { $0.with(key: [0xFF, 0xFE]) },
        BadRecord("a tombstone", .tombstone) { $0.with(value: .some(nil)) },
        BadRecord("an oversized value", .oversized) { $0.with(value: [UInt8](repeating: 0x20, count: 262_145)) },
        BadRecord("an unknown content type", .unsupportedContentType) {
            $0.with(headers: [KafkaHeader("content-type", "text/xml")])
        },
        BadRecord("an unknown version", .unexpectedType) {
            $0.with(headers: [KafkaHeader("ce_type", "payments.v2.PaymentRequested")])
        },
        BadRecord("an unknown currency", .invalid, containing(SampleRecords.request("p-1", currency: "XXX"))),
        BadRecord("a negative amount", .invalid, containing(SampleRecords.request("p-1", minorUnits: -1))),
        BadRecord("no payment id", .invalid, containing(SampleRecords.request(""))),
    ]
}

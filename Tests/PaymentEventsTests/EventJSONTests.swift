import PaymentEvents
import SwiftProtobuf
import Testing

@Suite struct EventJSONTests {
    private let codec = EventCodec(source: "/tests")

    private func json(_ event: some PaymentEvent) throws -> String {
        String(decoding: try codec.encode(event).value, as: UTF8.self)
    }

    private func decode<Event: PaymentEvent>(_ json: String) throws -> Event {
        try EventCodec.decode(from: Array(json.utf8), headers: [])
    }

    @Test("A payment request reads as the contract spells it") func request() throws {
        #expect(
            try json(SampleEvents.request) == """
                {"payment_id":"order-17","user_id":"user-3","amount":{"currency":"EUR","minor_units":2599},\
                "payment_method":{"type":"card","token":"tok_secret_4f"},"merchant_id":"merchant-9",\
                "requested_at":"2026-01-02T03:04:05.250Z","metadata":{"campaign":"winter","cart":"88"}}
                """)
    }

    @Test("A gateway confirmation reads as the contract spells it") func confirmation() throws {
        #expect(
            try json(SampleEvents.confirmation) == """
                {"confirmation_id":"c-1","payment_id":"order-17","gateway_reference":"gw-55","status":"DECLINED",\
                "reason":"do not honour","occurred_at":"2026-01-02T03:04:05.250Z"}
                """)
    }

    @Test("A cancellation reads as the contract spells it") func cancellation() throws {
        #expect(
            try json(SampleEvents.cancellation)
                == #"{"payment_id":"order-17","requested_by":"user-3","reason":"ordered twice"}"#)
    }

    @Test("An outcome reads as the contract spells it") func outcome() throws {
        #expect(
            try json(SampleEvents.outcome) == """
                {"payment_id":"order-17","user_id":"user-3","amount":{"currency":"EUR","minor_units":2599},\
                "status":"FAILED","reason_code":"INSUFFICIENT_FUNDS","reason":"the balance is too low",\
                "gateway_reference":"gw-55","completed_at":"2026-01-02T03:04:05.250Z"}
                """)
    }

    @Test("A successful outcome has no reason code") func successfulOutcome() throws {
        var outcome = SampleEvents.outcome
        outcome.status = .succeeded
        outcome.reasonCode = .unspecified
        #expect(try json(outcome).contains(#""status":"SUCCEEDED","reason":"#))
    }

    @Test("Notifications read as the contract spells them") func notifications() throws {
        #expect(
            try json(SampleEvents.notificationRequest) == """
                {"payment_id":"order-17","user_id":"user-3","channel":"EMAIL","status":"SUCCEEDED",\
                "amount":{"currency":"EUR","minor_units":2599},"requested_at":"2026-01-02T03:04:05.250Z"}
                """)
        #expect(
            try json(SampleEvents.notificationSent) == """
                {"payment_id":"order-17","user_id":"user-3","channel":"SMS","provider_reference":"m-8",\
                "sent_at":"2026-01-02T03:04:05.250Z"}
                """)
    }

    @Test("The reason codes are the contract's closed list") func reasonCodes() throws {
        let names = try ReasonCode.allCases.dropFirst().map { code in
            let text = try json(PaymentOutcome.with { $0.reasonCode = code })
            return String(text.split(separator: "\"")[3])
        }
        #expect(
            names == [
                "INVALID_REQUEST", "UNKNOWN_ACCOUNT", "ACCOUNT_CLOSED", "INSUFFICIENT_FUNDS", "CURRENCY_MISMATCH",
                "LIMIT_EXCEEDED", "FRAUD_SUSPECTED", "GATEWAY_DECLINED", "GATEWAY_UNAVAILABLE",
                "CONFIRMATION_TIMEOUT", "CANCELLED_BY_USER", "INTERNAL",
            ])
    }

    @Test(
        "Requests may use snake case or camel case, and numbers or strings for the amount",
        arguments: [
            #"{"payment_id":"p","payment_method":{"token":"t"},"amount":{"currency":"JPY","minor_units":5}}"#,
            #"{"paymentId":"p","paymentMethod":{"token":"t"},"amount":{"currency":"JPY","minorUnits":5}}"#,
            #"{"paymentId":"p","payment_method":{"token":"t"},"amount":{"currency":"JPY","minorUnits":"5"}}"#,
        ]
    ) func spellings(json: String) throws {
        let request: PaymentRequested = try decode(json)
        #expect(request.paymentID == "p")
        #expect(request.paymentMethod.token == "t")
        #expect(request.amount.minorUnits == 5)
    }

    @Test("Fields that the schema does not know are ignored") func unknownFields() throws {
        let request: PaymentRequested = try decode(
            #"{"payment_id":"p","loyalty":{"points":[1,2]},"amount":{"currency":"EUR","tax":1.5}}"#)
        #expect(request.paymentID == "p")
        #expect(request.amount.currency == "EUR")
    }

    @Test("An unknown status parses and is refused by validation") func unknownStatus() throws {
        let confirmation: GatewayConfirmation = try decode(
            #"{"confirmation_id":"c","payment_id":"p","status":"PENDING","occurred_at":"2026-01-02T03:04:05Z"}"#)
        let error = #expect(throws: EventValidationError.self) { try confirmation.validate() }
        #expect(error?.field == "status")
    }

    @Test(
        "Broken JSON is refused without repeating it",
        arguments: [
            "", "{", "[]", #"{"payment_method":{"token":"tok_secret_4f"}"#, #"{"payment_method":"tok_secret_4f"}"#,
            #"{"amount":{"minor_units":"tok_secret_4f"}}"#, #"{"amount":{"minor_units":1.5}}"#,
            #"{"requested_at":"tok_secret_4f"}"#, #"{"payment_id":"p"}tok_secret_4f"#,
        ]
    ) func brokenJSON(json: String) throws {
        let error = #expect(throws: EventCodingError.self) { let _: PaymentRequested = try decode(json) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("PaymentRequested expected, but the value is not valid application/json: "))
        #expect(!text.contains("tok_secret_4f"))
    }
}

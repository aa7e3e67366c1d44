import PaymentEvents
import SwiftProtobuf
import Testing

/// One way to break an event, and what the error must say.
struct Breach<Event: Sendable>: Sendable, CustomTestStringConvertible {
    let message: String
    let apply: @Sendable (inout Event) -> Void

    init(_ message: String, _ apply: @escaping @Sendable (inout Event) -> Void) {
        self.message = message
        self.apply = apply
    }

    var testDescription: String { message }
}

@Suite struct EventValidationTests {
    private static let paymentIDRule = "it must be 1 to 64 of [A-Za-z0-9._-], neither . nor .."
    private static let identifierRule = "it must be 1 to 128 bytes of UTF-8 without control characters"
    private static let timeRule = "it must be an RFC 3339 time in the years 1 to 9999"
    private static let unitsRule = "it must be from 1 to 1000000000000"
    private static let currencyRule = "it must be a current ISO 4217 code in capitals"

    static let requestBreaches: [Breach<PaymentRequested>] = [
        Breach("payment_id is missing or empty: \(paymentIDRule)") { $0.paymentID = "" },
        Breach("payment_id is 65 bytes long: \(paymentIDRule)") { $0.paymentID = String(repeating: "a", count: 65) },
        Breach("payment_id has characters that are not allowed: \(paymentIDRule)") { $0.paymentID = "order/17" },
        Breach("user_id is missing or empty: \(identifierRule)") { $0.userID = "" },
        Breach("user_id is 129 bytes long: \(identifierRule)") { $0.userID = String(repeating: "u", count: 129) },
        Breach("user_id has control characters: \(identifierRule)") { $0.userID = "user\u{0}3" },
        Breach("merchant_id is missing or empty: \(identifierRule)") { $0.merchantID = "" },
        Breach("merchant_id has control characters: \(identifierRule)") { $0.merchantID = "m\n9" },
        Breach("amount.currency is missing or empty: \(currencyRule)") { $0.clearAmount() },
        Breach("amount.currency is not a known code: \(currencyRule)") { $0.amount.currency = "eur" },
        Breach("amount.currency is not a known code: \(currencyRule)") { $0.amount.currency = "XXX" },
        Breach("amount.minor_units is zero: \(unitsRule)") { $0.amount.minorUnits = 0 },
        Breach("amount.minor_units is negative: \(unitsRule)") { $0.amount.minorUnits = -1 },
        Breach("amount.minor_units is negative: \(unitsRule)") { $0.amount.minorUnits = .min },
        Breach("amount.minor_units is too large: \(unitsRule)") { $0.amount.minorUnits = 1_000_000_000_001 },
        Breach(
            "payment_method.token is missing or empty: it must be 1 to 256 bytes of UTF-8 without control characters"
        ) { $0.clearPaymentMethod() },
        Breach("payment_method.token is 257 bytes long: it must be 1 to 256 bytes of UTF-8 without control characters")
        {
            $0.paymentMethod.token = String(repeating: "t", count: 257)
        },
        Breach("payment_method.type is 65 bytes long: it must be 0 to 64 bytes of UTF-8 without control characters") {
            $0.paymentMethod.type = String(repeating: "c", count: 65)
        },
        Breach("requested_at is missing or empty: \(timeRule)") { $0.clearRequestedAt() },
        Breach("requested_at is out of range: \(timeRule)") { $0.requestedAt.seconds = .max },
        Breach("requested_at is out of range: \(timeRule)") { $0.requestedAt.nanos = -1 },
        Breach("metadata has 33 entries: it must have at most 32 entries") {
            $0.metadata = Dictionary(uniqueKeysWithValues: (0..<33).map { ("k\($0)", "") })
        },
        Breach("metadata.key is missing or empty: it must be 1 to 64 bytes of UTF-8 without control characters") {
            $0.metadata[""] = "x"
        },
        Breach("metadata.value is 513 bytes long: it must be 0 to 512 bytes of UTF-8 without control characters") {
            $0.metadata["cart"] = String(repeating: "x", count: 513)
        },
    ]

    static let confirmationBreaches: [Breach<GatewayConfirmation>] = [
        Breach("confirmation_id is missing or empty: \(identifierRule)") { $0.confirmationID = "" },
        Breach("payment_id is missing or empty: \(paymentIDRule)") { $0.paymentID = "" },
        Breach("gateway_reference is 129 bytes long: it must be 0 to 128 bytes of UTF-8 without control characters") {
            $0.gatewayReference = String(repeating: "g", count: 129)
        },
        Breach("status is missing or empty: it must be APPROVED or DECLINED") { $0.status = .unspecified },
        Breach("status is not a known code: it must be APPROVED or DECLINED") { $0.status = .UNRECOGNIZED(9) },
        Breach("reason has control characters: it must be 0 to 512 bytes of UTF-8 without control characters") {
            $0.reason = "\u{1B}[2J"
        },
        Breach("occurred_at is missing or empty: \(timeRule)") { $0.clearOccurredAt() },
    ]

    static let cancellationBreaches: [Breach<CancellationRequested>] = [
        Breach("payment_id has characters that are not allowed: \(paymentIDRule)") { $0.paymentID = "order 17" },
        Breach("requested_by is missing or empty: \(identifierRule)") { $0.requestedBy = "" },
        Breach("reason is 513 bytes long: it must be 0 to 512 bytes of UTF-8 without control characters") {
            $0.reason = String(repeating: "r", count: 513)
        },
    ]

    @Test("Valid events pass") func validEvents() throws {
        try SampleEvents.request.validate()
        try SampleEvents.confirmation.validate()
        try SampleEvents.cancellation.validate()
    }

    @Test("Values at their bounds pass") func bounds() throws {
        var request = SampleEvents.request
        request.paymentID = String(repeating: "Z", count: 64)
        request.userID = String(repeating: "ü", count: 64)
        request.amount.minorUnits = PaymentRequested.maximumMinorUnits
        request.paymentMethod.type = ""
        request.metadata = Dictionary(uniqueKeysWithValues: (0..<32).map { ("k\($0)", "") })
        try request.validate()
        request.paymentID = "A.z_0-9"
        request.amount.minorUnits = 1
        try request.validate()
    }

    @Test("A payment request that breaks a rule is refused with the field and the rule", arguments: requestBreaches)
    func requests(breach: Breach<PaymentRequested>) {
        check(breach, on: SampleEvents.request, named: "PaymentRequested")
    }

    @Test("A confirmation that breaks a rule is refused with the field and the rule", arguments: confirmationBreaches)
    func confirmations(breach: Breach<GatewayConfirmation>) {
        check(breach, on: SampleEvents.confirmation, named: "GatewayConfirmation")
    }

    @Test("A cancellation that breaks a rule is refused with the field and the rule", arguments: cancellationBreaches)
    func cancellations(breach: Breach<CancellationRequested>) {
        check(breach, on: SampleEvents.cancellation, named: "CancellationRequested")
    }

    private func check<Event: InboundPaymentEvent>(_ breach: Breach<Event>, on valid: Event, named name: String) {
        var event = valid
        breach.apply(&event)
        let error = #expect(throws: EventValidationError.self) { try event.validate() }
        #expect(error?.description == "\(name).\(breach.message)")
    }

    @Test("The Kafka key must be the payment id") func key() throws {
        try SampleEvents.request.validate(key: "order-17")
        for (key, message) in [
            (nil, "PaymentRequested.key is missing or empty: it must equal payment_id"),
            ("", "PaymentRequested.key is missing or empty: it must equal payment_id"),
            ("order-18", "PaymentRequested.key is another value: it must equal payment_id"),
        ] {
            let error = #expect(throws: EventValidationError.self) { try SampleEvents.request.validate(key: key) }
            #expect(error?.description == message)
        }
    }

    @Test("No error ever repeats a value of the request") func errorsHideValues() {
        var generator = SystemRandomNumberGenerator()
        let secret = "5f0c9a7e-secret"
        for _ in 0..<2_000 {
            var request = SampleEvents.request
            // The secret lands in every text, and a few rules are broken at once.
            let long = String(repeating: secret, count: Int.random(in: 1...60, using: &generator))
            let spoiled = [secret, long, secret + "\u{0}", secret + "/\n"]
            request.paymentMethod.token = spoiled.randomElement(using: &generator) ?? secret
            request.paymentMethod.type = spoiled.randomElement(using: &generator) ?? secret
            if Bool.random(using: &generator) { request.paymentID = spoiled.randomElement(using: &generator) ?? secret }
            if Bool.random(using: &generator) { request.userID = spoiled.randomElement(using: &generator) ?? secret }
            if Bool.random(using: &generator) {
                request.merchantID = spoiled.randomElement(using: &generator) ?? secret
            }
            if Bool.random(using: &generator) { request.amount.currency = secret }
            if Bool.random(using: &generator) { request.metadata[long] = long }
            do throws(EventValidationError) {
                try request.validate()
            } catch {
                #expect(!error.description.contains(secret))
                #expect(!"\(error)".contains(secret))
            }
            do throws(EventValidationError) {
                try request.validate(key: secret + "!")
                Issue.record("a foreign key passed")
            } catch {
                #expect(!error.description.contains(secret))
            }
        }
    }
}

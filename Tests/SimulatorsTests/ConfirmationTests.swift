import HTTPTypes
import Kafka
import PaymentEvents
import Testing

@Suite("The gateway's confirmations", .timeLimit(.minutes(5)))
struct ConfirmationTests {
    @Test(
        "An accepted charge is confirmed on Kafka, keyed by its payment",
        arguments: [
            ("tok_ok", ConfirmationStatus.approved), ("tok_anything", .approved), ("tok_fraud", .approved),
            ("tok_timeout_after_accept", .approved), ("tok_confirm_declined", .declined),
        ])
    func confirmed(token: String, status: ConfirmationStatus) async throws {
        try await withSimulators(lateAnswerDelay: .zero) { providers, _ in
            let charge = try await providers.charge("p-1", token)
            let records = try await providers.confirmations(until: "p-1")
            let record = try #require(records.first)
            let headers = record.headers.map { (name: $0.name, value: records[0].headers.text(of: $0.name) ?? "") }
            let event = try EventCodec.decode(GatewayConfirmation.self, from: record.value, headers: headers)
            try event.validate()
            try event.validate(key: "p-1")
            #expect(event.status == status)
            #expect(event.gatewayReference == charge["reference"])
            #expect(event.reason.isEmpty == (status == .approved))
        }
    }

    @Test("Repeating a charge confirms it once")
    func once() async throws {
        try await withSimulators { providers, _ in
            for _ in 1...3 { _ = try await providers.charge("p-1", "tok_ok") }
            _ = try await providers.confirmations(until: "p-1")
            _ = try await providers.charge("p-2", "tok_ok")
            #expect(try await providers.confirmations(until: "p-2").count == 2)
        }
    }

    @Test("What is silent, declined, or voided before it is due is never confirmed")
    func unconfirmed() async throws {
        try await withSimulators(confirmationDelay: .seconds(600)) { providers, _ in
            _ = try await providers.charge("p-1", "tok_silent")
            _ = try await providers.charge("p-2", "tok_declined")
            _ = try await providers.charge("p-3", "tok_ok")
            _ = try await providers.call(.post, "/gateway/charges/p-3/void")
            _ = try await providers.charge("p-4", "tok_ok")
            // Everything that is due is sent by the time this returns.
            try await providers.stop()
            let keys = try await providers.confirmations(until: "p-4").map(\.key)
            #expect(keys == [Array("p-4".utf8)])
        }
    }

    @Test("A late confirmation comes in spite of all, also when the charge was voided")
    func late() async throws {
        try await withSimulators(lateConfirmationDelay: .milliseconds(50)) { providers, _ in
            _ = try await providers.charge("p-1", "tok_late")
            _ = try await providers.call(.post, "/gateway/charges/p-1/void")
            #expect(try await providers.confirmations(until: "p-1").count == 1)
        }
    }

    @Test("A confirmation that Kafka refuses is sent again until it is stored")
    func retried() async throws {
        try await withSimulators { providers, cluster in
            try cluster.failNext(
                .produce, with: Array(repeating: .topicAuthorizationFailed, count: 2))
            _ = try await providers.charge("p-1", "tok_ok")
            #expect(try await providers.confirmations(until: "p-1").count == 1)
        }
    }

    @Test("Confirmations that are not due yet are sent at once when the simulators end")
    func drained() async throws {
        try await withSimulators(confirmationDelay: .seconds(600)) { providers, _ in
            _ = try await providers.charge("p-1", "tok_ok")
            try await providers.stop()
            #expect(try await providers.confirmations(until: "p-1").count == 1)
        }
    }

    @Test("The simulators end within seconds even if Kafka takes no confirmation")
    func boundedDrain() async throws {
        try await withSimulators { providers, cluster in
            try cluster.takeDown()
            _ = try await providers.charge("p-1", "tok_ok")
            let start = ContinuousClock.now
            try await providers.stop()
            // Five are allowed; without a limit it would be minutes.
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }
}

import Foundation
import Kafka
import Ledger
import PaymentEvents
import PaymentSaga
import SwiftProtobuf
import Temporal
import Testing

@testable import PaymentServices

@Suite("Reconciliation", .timeLimit(.minutes(5)))
struct ReconciliationTests {
    /// Later than everything the tests do, and than the period of grace after it.
    private static let later = Date().addingTimeInterval(3600)

    private struct Scene {
        let ledger: LedgerFixture
        let broker: EventBroker
        let reconciliation: Reconciliation

        /// Brings a payment of one euro to an end in the ledger.
        func pay(_ id: String, _ end: PaymentState) async throws {
            let request = PaymentRequest.sample(id, minorUnits: 1_00)
            _ = try await ledger.steps.authorise(request)
            switch end {
            case .settled: try await ledger.steps.settle(request)
            case .returned: try await ledger.steps.returnFunds(request)
            case .authorised, .unknown, .voided: break
            }
        }

        func publish(_ id: String, _ status: PaymentStatusView.Status) async throws {
            try await broker.publisher.publish(
                OutcomeAnnouncement(
                    request: .sample(id, minorUnits: 1_00),
                    result: PaymentResult(
                        status: status, reasonCode: status == .succeeded ? nil : .internal, completedAt: Date())))
        }

        func run(_ state: ReconciliationState = .init()) async throws -> ReconciliationReport {
            try await reconciliation.run(from: state, publishingTo: broker.publisher, isAlive: {})
        }

        func differences(_ count: Int) async throws -> [String: String] {
            let records = try await broker.records(count, of: broker.topics.reconciliation)
            let events: [ReconciliationDifference] = try records.map {
                try EventCodec.decode(from: $0.value, headers: [])
            }
            return Dictionary(
                uniqueKeysWithValues: events.map { ($0.paymentID, "\($0.ledger) \($0.gateway) \($0.outcome)") })
        }
    }

    private func lending(
        gateway: [String: String], now: @escaping @Sendable () -> Date = { later }, _ body: (Scene) async throws -> Void
    ) async throws {
        try await LedgerFixture.lending { ledger in
            try await EventBroker.lending { broker in
                try broker.cluster.createTopic(broker.topics.reconciliation, partitions: 1)
                let script: @Sendable (ProviderCall) -> ProviderReply = { call in
                    guard let status = gateway[String(call.path.split(separator: "/").last ?? "")] else {
                        return .answer(404)
                    }
                    return status == "down" ? .answer(503) : .answer(200, #"{"reference":"ch","status":"\#(status)"}"#)
                }
                try await ProviderServer.serving(script) { _, url, client in
                    let reconciliation = Reconciliation(
                        ledger: ledger.ledger, gateway: try ChargeInquiry(url: url, httpClient: client),
                        outcomes: OutcomeReader(kafka: broker.configuration, topic: broker.topics.outcomes), now: now)
                    try await body(Scene(ledger: ledger, broker: broker, reconciliation: reconciliation))
                }
            }
        }
    }

    @Test("finds nothing where ledger, gateway and outcome agree")
    func agreement() async throws {
        try await lending(gateway: ["p-1": "accepted", "p-2": "voided", "p-3": "declined"]) { scene in
            for (id, end, status) in [
                ("p-1", PaymentState.settled, PaymentStatusView.Status.succeeded), ("p-2", .returned, .cancelled),
                ("p-3", .returned, .failed), ("p-4", .returned, .failed),
            ] {
                try await scene.pay(id, end)
                try await scene.publish(id, status)
                // Published again after a crash, with the same event id.
                try await scene.publish(id, status)
            }
            let report = try await scene.run()
            #expect(report.compared == 4 && report.differences == 0)
        }
    }

    @Test("finds nothing wrong with a payment that was reinstated, in whichever run its second movement is seen")
    func reinstated() async throws {
        try await lending(gateway: ["p-1": "voided", "p-2": "voided"]) { scene in
            for id in ["p-1", "p-2"] {
                try await scene.pay(id, .returned)
                try await scene.publish(id, .failed)
            }
            let first = try await scene.run()
            #expect(first.compared == 2 && first.differences == 0)
            for id in ["p-1", "p-2"] {
                #expect(try await scene.ledger.steps.reinstate(.sample(id, minorUnits: 1_00)) == .accepted)
            }
            try await scene.publish("p-1", .succeeded)
            // Of p-2 no outcome says that it succeeded after all.
            let second = try await scene.run(first.next)
            #expect(second.compared == 2 && second.differences == 1)
            #expect(try await scene.differences(1) == ["p-2": "settled voided FAILED"])
        }
    }

    @Test("publishes each payment of which they do not agree")
    func differences() async throws {
        let gateway = [
            "void": "voided", "kept": "accepted", "silent": "accepted", "twice": "accepted", "held": "accepted",
        ]
        try await lending(gateway: gateway) { scene in
            for (id, end) in [
                ("void", PaymentState.settled), ("kept", .returned), ("silent", .settled), ("twice", .settled),
                ("held", .authorised),
            ] { try await scene.pay(id, end) }
            for (id, status) in [
                ("void", PaymentStatusView.Status.succeeded), ("kept", .failed), ("twice", .succeeded),
                ("twice", .failed),
                ("ghost", .succeeded),
            ] { try await scene.publish(id, status) }
            let report = try await scene.run()
            #expect(report.compared == 6 && report.differences == 6)
            #expect(
                try await scene.differences(6) == [
                    "void": "settled voided SUCCEEDED", "kept": "returned accepted FAILED",
                    "silent": "settled accepted none", "twice": "settled accepted FAILED,SUCCEEDED",
                    "held": "authorised accepted none", "ghost": "unknown unknown SUCCEEDED",
                ])
        }
    }

    @Test("goes on behind what it has seen, and leaves alone what is younger than the period of grace")
    func progress() async throws {
        try await lending(gateway: [:]) { scene in
            try await scene.pay("p-1", .settled)
            let first = try await scene.run()
            #expect(first.compared == 1 && first.differences == 1)
            let second = try await scene.run(first.next)
            #expect(second.compared == 0)
            try await scene.pay("p-2", .settled)
            #expect(try await scene.run(second.next).compared == 1)
        }
        let now: @Sendable () -> Date = { Date() }
        try await lending(gateway: [:], now: now) { scene in
            try await scene.pay("p-1", .settled)
            let report = try await scene.run()
            #expect(report.compared == 0 && report.next.positions.isEmpty)
        }
    }

    @Test("is tried again, and publishes nothing, while the gateway gives no answer")
    func gatewayDown() async throws {
        try await lending(gateway: ["p-1": "down"]) { scene in
            try await scene.pay("p-1", .settled)
            try await expectFailure(GatewayFailure.unavailable, isNonRetryable: false) { _ = try await scene.run() }
        }
    }
}

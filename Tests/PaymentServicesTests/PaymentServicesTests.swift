import AsyncHTTPClient
import Foundation
import Kafka
import Logging
import PaymentEvents
import PaymentSaga
import PaymentServices
import Testing

@testable import Temporal

@Suite("Payment services", .timeLimit(.minutes(5)))
struct PaymentServicesTests {
    @Test("Every activity that the workflows call is there")
    func complete() async throws {
        try await lending { _ in
            .answer(500)
        } body: { scene in
            #expect(
                scene.activities.bodies.keys.sorted() == [
                    "events.publish-outcome", "fraud.assess", "gateway.inquire", "gateway.refund", "gateway.submit",
                    "gateway.void", "ledger.authorise", "ledger.reinstate", "ledger.return-funds", "ledger.settle",
                    "ledger.validate", "notifications.send", "settlement.collect",
                ])
        }
    }

    @Test("A payment goes through all steps, and the money, the outcome and the messages agree")
    func wholePayment() async throws {
        try await lending(Self.goodProviders) { scene in
            #expect(try await scene.call(PaymentActivities.validate, .sample()).value == .accepted)
            #expect(try await scene.call(PaymentActivities.authorise, .sample()).value == .accepted)
            #expect(try await scene.call(PaymentActivities.assessFraud, .sample()).score == 7)
            #expect(try await scene.call(PaymentActivities.submit, .sample()).value == .accepted(reference: "ch_1"))
            _ = try await scene.call(PaymentActivities.settle, .sample())
            _ = try await scene.call(PaymentActivities.publishOutcome, .sample())
            let before = Date()
            for channel in NotificationOrder.Channel.allCases {
                let order = NotificationOrder(channel: channel, announcement: try .sample())
                _ = try await scene.call(PaymentActivities.notify, order)
            }

            #expect(try await scene.ledger.balance("user-1") == 90_00)
            #expect(try await scene.ledger.balance("shop-1") == 10_00)
            let outcomes = try await scene.broker.records(1, of: scene.broker.topics.outcomes)
            #expect(outcomes.map { $0.headers.text(of: "ce_id") } == ["p-1/outcome/succeeded"])
            let messages = try await scene.broker.records(2, of: scene.broker.topics.notifications)
            #expect(
                Set(messages.map { $0.headers.text(of: "ce_id") })
                    == ["p-1/notification/email/sent", "p-1/notification/sms/sent"])
            for message in messages {
                let time = try Date(
                    message.headers.text(of: "ce_time") ?? "",
                    strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))
                #expect(time >= before.addingTimeInterval(-0.001) && time <= Date())
            }
        }
    }

    @Test("What was done is undone by voiding and returning")
    func undone() async throws {
        try await lending(Self.goodProviders) { scene in
            _ = try await scene.call(PaymentActivities.authorise, .sample())
            _ = try await scene.call(PaymentActivities.void, .sample())
            _ = try await scene.call(PaymentActivities.returnFunds, .sample())
            #expect(scene.server.calls.map(\.line) == ["POST /gateway/charges/p-1/void"])
            #expect(try await scene.ledger.balance("user-1") == 100_00)
        }
    }

    @Test("The second attempt to submit asks the gateway before it charges")
    func secondAttempt() async throws {
        try await lending(Self.goodProviders) { scene in
            let submission = try await scene.call(PaymentActivities.submit, .sample(), attempt: 2)
            #expect(submission == Attempted(.accepted(reference: "ch_1"), attempt: 2))
            #expect(scene.server.calls.map(\.line) == ["GET /gateway/charges/p-1"])
        }
    }

    @Test("A message that the provider did not take is not published as sent")
    func notSent() async throws {
        try await lending { _ in
            .answer(503)
        } body: { scene in
            let order = NotificationOrder(channel: .email, announcement: try .sample())
            try await expectFailure(ServiceFailure.notificationsUnavailable, isNonRetryable: false) {
                _ = try await scene.call(PaymentActivities.notify, order)
            }
            // Were there an earlier event, it would be read first.
            try await scene.broker.publisher.publish(sent: order, reference: "later", sentAt: Date())
            let records = try await scene.broker.records(1, of: scene.broker.topics.notifications)
            #expect(records.count == 1 && String(decoding: records[0].value ?? [], as: UTF8.self).contains("later"))
        }
    }

    private struct Scene {
        let ledger: LedgerFixture
        let broker: EventBroker
        let server: ProviderServer
        let activities: Activities

        /// Runs an activity as a worker does, on encoded values.
        func call<Input, Output>(
            _ type: ActivityType<Input, Output>, _ input: Input, attempt: Int = 1
        ) async throws -> Output {
            var info = ActivityInfo(activityType: type.name, activityID: "1", workflowID: "p-1", runID: "run")
            info.attempt = attempt
            let cancellation = ActivityCancellation()
            let context = ActivityContext(
                info: info, logger: Logger(label: "test"), converter: .standard,
                heartbeats: HeartbeatReporter(timeout: nil, clock: .system, cancellation: cancellation) { _, _ in nil },
                cancellation: cancellation)
            let body = try #require(activities.bodies[type.name])
            let output = try await body(DataConverter.standard.payloads(encoding: input), context, .standard)
            return try DataConverter.standard.decode(Output.self, from: output)
        }
    }

    private static let goodProviders: @Sendable (ProviderCall) -> ProviderReply = { call in
        switch call.path {
        case "/fraud/assessments": .answer(200, #"{"suspicious":false,"score":7,"reason":""}"#)
        case "/notifications": .answer(202, #"{"reference":"m-1"}"#)
        default: .answer(200, #"{"reference":"ch_1","status":"accepted"}"#)
        }
    }

    private func lending(
        _ script: @escaping @Sendable (ProviderCall) -> ProviderReply, body: (Scene) async throws -> Void
    ) async throws {
        try await LedgerFixture.lending { ledger in
            try await EventBroker.lending { broker in
                try await ProviderServer.serving(script) { server, url, client in
                    let services = PaymentServices(
                        ledger: ledger.ledger, gateway: try GatewayClient(url: url, httpClient: client),
                        fraud: try FraudClient(url: url, httpClient: client),
                        notifications: try NotificationClient(url: url, httpClient: client), events: broker.publisher)
                    try await body(
                        Scene(ledger: ledger, broker: broker, server: server, activities: services.activities))
                }
            }
        }
    }
}

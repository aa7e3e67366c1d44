import AsyncHTTPClient
import FaultInjection
import Foundation
import Kafka
import Ledger
import NIOCore
import NIOHTTP1
import PaymentEvents
import PaymentSaga
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestSupport
import Testing
import WaitingTestSupport

/// What operators are told of SIGTERM, on one stage for all roles.
@Suite("A role that is asked to end at work", .timeLimit(.minutes(5)))
struct DrainTests {
    /// Of the worker's.
    private static let payments = 8
    /// Of the bridge's.
    private static let requests = 600
    /// Calls to Temporal that the bridge has on their way at most.
    private static let callsInFlight = 64

    @Test(
        "ends in order with status 0: what it had in hand is done, and the rest is left to the next",
        .enabled(if: DevelopmentStackTests.hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func drain() async throws {
        try await PaymentStage.run { stage in
            // It gets its partitions while the worker is looked at.
            let proxy = try FaultProxy(target: stage.temporal.port)
            let bridge = try await Self.startBridge(on: stage, temporalPort: proxy.port)
            try await endWorker(on: stage)
            try await endSidecar(on: stage)
            try await stage.killWorker()
            // Its work takes it seconds: on a machine that does not get round to this test in time, it is to be at work all the same.
            try proxy.set(.delay(.milliseconds(300)))
            try await end(bridge, on: stage)
            proxy.stop()
        }
    }

    /// A worker whose payments wait for a gateway that does not answer, in activities and in workflow tasks.
    private func endWorker(on stage: PaymentStage) async throws {
        let gateway = try FaultProxy(target: try #require(URL(string: stage.providers)?.port))
        try gateway.set(.halfOpen)
        let worker = try await stage.startWorker(gateway: "http://127.0.0.1:\(gateway.port)")
        var payments: [WorkflowHandle<PaymentWorkflow>] = []
        for number in 1...Self.payments / 2 { payments.append(try await stage.startPayment(number, .distributed)) }
        for payment in payments {
            try await eventually("the gateway is asked about \(payment.id)") {
                try await payment.describe().pendingActivities.contains {
                    $0.activityType == PaymentActivities.submit.name && $0.state == .started
                }
            }
        }
        for number in Self.payments / 2 + 1...Self.payments { payments.append(try await stage.startPayment(number)) }
        for number in Self.payments / 2 + 1...Self.payments {
            try await eventually("payment \(number) is authorised") {
                try await stage.ledger.state(payment: "p-\(number)") == .authorised
            }
        }

        worker.program.send(SIGTERM)
        try await eventually("the worker drains") {
            let answer = try await HTTPAnswer.get("\(worker.url)/readyz")
            return answer.status == 503 && answer.text.contains("draining")
        }
        #expect(try await worker.program.status(within: .seconds(60)) == 0, "\(worker.program.errors)")
        for payment in payments {
            let left = try await payment.describe()
            #expect(left.status == .running)
            for activity in left.pendingActivities {
                #expect(activity.state == .scheduled, "\(payment.id) waits for an activity of a worker that is gone")
            }
        }
        gateway.stop()
        try await stage.startWorker()
        try await stage.expectOutcomes(of: Self.payments)
    }

    /// A sidecar that is being sent a request while somebody follows a payment.
    private func endSidecar(on stage: PaymentStage) async throws {
        let waiting = try await stage.startPayment(waiting: "waiting")
        let sidecar = try await stage.startRole("sidecar", ["--sidecar-port", "0"])
        let body = ByteBuffer(
            string: """
                {"payment_id": "posted", "user_id": "user", "merchant_id": "shop",
                "amount": {"currency": "EUR", "minor_units": 100}, "payment_method": {"type": "card", "token": "tok_ok"}}
                """)
        let (pieces, piece) = AsyncStream.makeStream(of: ByteBuffer.self)
        var post = HTTPClientRequest(url: "\(sidecar.url)/v1/payments")
        post.method = .POST
        post.headers.add(name: "content-type", value: "application/json")
        post.body = .stream(pieces, length: .known(Int64(body.readableBytes)))
        piece.yield(body.getSlice(at: 0, length: 20) ?? ByteBuffer())
        async let answer = HTTPClient.shared.execute(post, timeout: .seconds(60))
        // This is asked after the other, and answered: so the other has come in.
        let stream = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "\(sidecar.url)/v1/payments/\(waiting.id)/events"), timeout: .seconds(60))
        #expect(stream.status == .ok)
        var events = stream.body.makeAsyncIterator()
        #expect(try await events.next() != nil)

        sidecar.program.send(SIGTERM)
        // A stream that was cut off would throw.
        while try await events.next() != nil {}
        piece.yield(body.getSlice(at: 20, length: body.readableBytes - 20) ?? ByteBuffer())
        piece.finish()
        #expect(try await answer.status == .accepted)
        #expect(try await sidecar.program.status(within: .seconds(60)) == 0, "\(sidecar.program.errors)")
        try await eventually("the bridge has started the payment") {
            try await stage.client.handle(for: PaymentWorkflow.self, id: "posted").describe().status == .running
        }
    }

    /// A bridge that starts hundreds of payments, and the one that comes after it.
    private func end(_ bridge: RunningRole, on stage: PaymentStage) async throws {
        let producer = try KafkaProducer(stage.kafka)
        try await withThrowingTaskGroup { group in
            for number in 1...Self.requests {
                group.addTask { _ = try await producer.send(try Self.request(number)) }
            }
            try await group.waitForAll()
        }
        await producer.close()
        // One record was the sidecar's.
        try await eventually("the bridge is at work") { try await Self.applied(by: bridge) > 1 }
        bridge.program.send(SIGTERM)
        #expect(try await bridge.program.status(within: .seconds(60)) == 0, "\(bridge.program.errors)")

        let done = try await Self.started(on: stage)
        try #require((1..<Self.requests).contains(done), "\(done) payments were started before the bridge ended")
        let next = try await Self.startBridge(on: stage, temporalPort: stage.temporal.port)
        try await eventually("the next bridge has started the other payments") {
            try await Self.applied(by: next) >= Self.requests - done
        }
        #expect(try await Self.started(on: stage) == Self.requests)
        // Offsets are committed up to the first record of a partition that is not done: a few behind it come again.
        let repeated = try await Self.applied(by: next) - (Self.requests - done)
        #expect(repeated <= Self.callsInFlight, "\(repeated) of \(done) records that were done came again")
        next.program.send(SIGTERM)
        #expect(try await next.program.status(within: .seconds(60)) == 0, "\(next.program.errors)")
    }

    private static func startBridge(on stage: PaymentStage, temporalPort: Int) async throws -> RunningRole {
        try await stage.startRole(
            "bridge",
            [
                "--temporal-address", "\(stage.temporal.host):\(temporalPort)", "--kafka-properties",
                "fetch.wait.max.ms=10", "--kafka-session-timeout", "6s", "--metrics-port", "0",
            ])
    }

    private static func applied(by bridge: RunningRole) async throws -> Int {
        let scrape = try Scrape(text: try await HTTPAnswer.get("\(bridge.url)/metrics").text)
        return Int(scrape.samples.filter { $0.name == "payment_saga_bridge_applied_total" }.map(\.value).reduce(0, +))
    }

    /// How many of the payments there are.
    private static func started(on stage: PaymentStage) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...requests {
                group.addTask {
                    do {
                        _ = try await stage.client.handle(for: PaymentWorkflow.self, id: id(number)).describe()
                        return 1
                    } catch is WorkflowNotFoundError {
                        return 0
                    }
                }
            }
            return try await group.reduce(0, +)
        }
    }

    private static func id(_ number: Int) -> String { "requested-\(number)" }

    private static func request(_ number: Int) throws -> ProducerRecord {
        let event = try EventCodec(source: "/tests").encode(
            PaymentRequested.with {
                $0.paymentID = id(number)
                $0.userID = "user"
                $0.merchantID = "shop"
                $0.amount.currency = "EUR"
                $0.amount.minorUnits = 1_00
                $0.paymentMethod.type = "card"
                $0.paymentMethod.token = "tok_ok"
                $0.requestedAt = Google_Protobuf_Timestamp(date: Date())
            })
        return ProducerRecord(
            topic: Topics().requests, key: event.key, value: event.value,
            headers: event.headers.map { KafkaHeader($0.name, $0.value) })
    }
}

import Logging
import PaymentSaga
import Synchronization
import TemporalTesting
import Testing

@testable import PaymentServices
@testable import Temporal

@Suite("Settled payments and their merchants", .timeLimit(.minutes(5)))
struct SettlementCollectorTests {
    /// Keeps the ids of workflows that are signalled, and lets the calls fail or hang.
    private final class Signals: ClientInterceptor {
        enum Answer { case none, failure, silence }

        private let answer: Answer
        private let targets = Mutex<[String]>([])
        var ids: [String] { targets.withLock { $0 } }

        init(_ answer: Answer = .none) { self.answer = answer }

        func signalWithStart(
            _ call: SignalWithStartCall, next: (SignalWithStartCall) async throws -> UntypedWorkflowHandle
        ) async throws -> UntypedWorkflowHandle {
            switch answer {
            case .none: break
            case .failure: throw ApplicationFailure("no room for signals", type: "Test")
            case .silence: try await Task.sleep(for: .seconds(3600))
            }
            targets.withLock { $0.append(call.start.options.id) }
            return try await next(call)
        }
    }

    /// The ledger's activities, with Temporal as `signals` has it.
    private func activities(_ fixture: LedgerFixture, _ signals: Signals) -> Activities {
        let client = TestEnvironment().client
        let settlements = SettlementCollector(
            client: TemporalClient(
                service: client.service, namespace: client.namespace, identity: "test", interceptors: [signals]))
        return PaymentServices(ledger: fixture.ledger, settlements: settlements).activities
    }

    private func call<Value>(
        _ type: ActivityType<PaymentRequest, Attempted<Value>>, _ activities: Activities
    ) async throws -> Value {
        let cancellation = ActivityCancellation()
        let context = ActivityContext(
            info: ActivityInfo(activityType: type.name, activityID: "1", workflowID: "p-1", runID: "run"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, converter: .standard,
            heartbeats: HeartbeatReporter(timeout: nil, clock: .system, cancellation: cancellation) { _, _ in nil },
            cancellation: cancellation)
        let body = try #require(activities.bodies[type.name])
        let output = try await body(
            DataConverter.standard.payloads(encoding: PaymentRequest.sample()), context, .standard)
        return try DataConverter.standard.decode(Attempted<Value>.self, from: output).value
    }

    @Test("A payment is collected when it is settled")
    func settled() async throws {
        try await LedgerFixture.lending { fixture in
            let signals = Signals()
            let activities = activities(fixture, signals)
            _ = try await call(PaymentActivities.authorise, activities)
            #expect(try await call(PaymentActivities.settle, activities) == SettleResult())
            #expect(signals.ids == ["settlement/shop-1"])
        }
    }

    @Test("A payment that is reinstated is collected too")
    func reinstated() async throws {
        try await LedgerFixture.lending { fixture in
            let signals = Signals()
            let activities = activities(fixture, signals)
            _ = try await call(PaymentActivities.authorise, activities)
            _ = try await call(PaymentActivities.returnFunds, activities)
            #expect(signals.ids == [])
            #expect(try await call(PaymentActivities.reinstate, activities) == .accepted)
            #expect(signals.ids == ["settlement/shop-1"])
        }
    }

    @Test("Settling does not wait for a merchant's workflow that can't be told, and says so", arguments: [true, false])
    func unavailable(isSilent: Bool) async throws {
        try await LedgerFixture.lending { fixture in
            let activities = activities(fixture, Signals(isSilent ? .silence : .failure))
            _ = try await call(PaymentActivities.authorise, activities)
            #expect(try await call(PaymentActivities.settle, activities) == SettleResult(isLeftToCollect: true))
            #expect(try await fixture.balance("shop-1") == 10_00)
            guard !isSilent else { return }
            try await expectFailure(ServiceFailure.settlementUnavailable, isNonRetryable: false) {
                _ = try await call(PaymentActivities.collect, activities)
            }
        }
    }
}

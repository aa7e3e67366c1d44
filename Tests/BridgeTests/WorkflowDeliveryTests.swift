import Foundation
import Logging
import MetricsTestKit
import Temporal
import TemporalAPI
import Testing
import WaitingTestSupport

@testable import Bridge

@Suite(.timeLimit(.minutes(5))) struct WorkflowDeliveryTests {
    private let temporal = ScriptedTemporal()
    private let backoff = Backoff(initialDelay: .milliseconds(1), maximumDelay: .milliseconds(10))

    private let counts = TestMetrics()

    private func delivery(hold: Duration = .milliseconds(100)) -> WorkflowDelivery {
        WorkflowDelivery(
            workflows: temporal, governor: CallGovernor(maximum: 4, backoff: backoff), backoff: backoff, hold: hold,
            budget: .milliseconds(100), metrics: BridgeMetrics(topics: [], factory: counts), logger: .silent)
    }

    private func start(requestID: String = "r-1", digest: String = "d-1") -> WorkflowCommand {
        .start(
            StartCommand(
                workflowType: "PaymentWorkflow", workflowID: "p-1", taskQueue: "payments", requestID: requestID,
                input: Payloads(), digest: digest))
    }

    private func signal(
        requestID: String = "r-2", name: String = "gateway-confirmation",
        whenLate: SignalCommand.WhenLate = .deadLetter(.lateCancellation)
    ) -> WorkflowCommand {
        .signal(
            SignalCommand(name: name, workflowID: "p-1", requestID: requestID, input: Payloads(), whenLate: whenLate))
    }

    private func deliver(_ action: WorkflowCommand, hold: Duration = .milliseconds(100)) async throws {
        try await delivery(hold: hold).deliver(action, CallShield())
    }

    private func rejection(_ action: WorkflowCommand) async -> DeadLetterReason? {
        await #expect(throws: Rejection.self) { try await deliver(action) }?.reason
    }

    @Test("While Temporal is away a start is repeated with the same request id, until it is back")
    func unavailable() async throws {
        temporal.weather = .unavailable
        async let delivered: Void = deliver(start())
        try await eventually { temporal.calls >= 5 }
        #expect(temporal.workflows.isEmpty)
        temporal.weather = .fine
        try await delivered
        #expect(temporal.requestIDs == ["p-1": ["r-1"]])
        #expect(try counts.expectCounter("payment_saga_bridge_retries", [("code", "UNAVAILABLE")]).totalValue >= 4)
    }

    @Test("A start and a signal whose answer was lost are repeated, and happen once") func lostAnswers() async throws {
        temporal.weather = .answersLost
        async let started: Void = deliver(start())
        try await eventually { temporal.calls >= 3 }
        temporal.weather = .fine
        try await started
        temporal.weather = .answersLost
        async let signalled: Void = deliver(signal())
        let calls = temporal.calls
        try await eventually { temporal.calls >= calls + 3 }
        temporal.weather = .fine
        try await signalled
        #expect(temporal.requestIDs == ["p-1": ["r-1", "r-2"]])
        #expect(temporal.workflows["p-1"]?.signals.count == 1)
    }

    @Test("The same request under another request id is a repetition, while the payment runs and afterwards")
    func repeatedRequest() async throws {
        try await deliver(start())
        try await deliver(start(requestID: "r-9"))
        temporal.close("p-1")
        try await deliver(start(requestID: "r-10"))
        #expect(temporal.workflows["p-1"]?.start?.requestID == "r-1")
    }

    @Test("Another request of the same id is a conflict, and the first is untouched") func conflict() async throws {
        try await deliver(start())
        #expect(await rejection(start(requestID: "r-9", digest: "d-2")) == .conflict)
        #expect(temporal.workflows["p-1"]?.start?.digest == "d-1")
    }

    @Test("What Temporal refuses as invalid is not tried again") func refused() async {
        temporal.weather = .refusing
        #expect(await rejection(start()) == .refused)
        #expect(await rejection(signal()) == .refused)
        #expect(temporal.calls == 2)
    }

    @Test("What Temporal fails to take for a while, although it takes others, is undeliverable") func undeliverable()
        async throws
    {
        temporal.weather = .failing(workflow: "p-1", .internal)
        let delivery = delivery()
        let others = Task {
            var number = 0
            while !Task.isCancelled {
                number += 1
                let other = StartCommand(
                    workflowType: "PaymentWorkflow", workflowID: "other-\(number)", taskQueue: "payments",
                    requestID: "r", input: Payloads(), digest: "d")
                try await delivery.deliver(.start(other), CallShield())
            }
        }
        let command = start()
        let rejection = await #expect(throws: Rejection.self) { try await delivery.deliver(command, CallShield()) }
        #expect(rejection?.reason == .undeliverable)
        #expect(rejection?.firstFailure ?? .now < .now)
        others.cancel()
        _ = try? await others.value
    }

    @Test(
        "While it takes nothing at all a record is tried for ever, whatever the error is",
        arguments: [GRPCStatusCode.internal, .unavailable, .permissionDenied, .notFound, .resourceExhausted])
    func nothingTaken(_ code: GRPCStatusCode) async throws {
        temporal.weather = .failing(workflow: "p-1", code)
        async let delivered: Void = deliver(start())
        try await eventually { temporal.calls > 0 }
        let begin = ContinuousClock.now
        // Twice the time that a record is tried while others are taken, and tried again after that.
        try await eventually { begin.duration(to: .now) >= .milliseconds(200) }
        let calls = temporal.calls
        try await eventually { temporal.calls > calls + 1 }
        temporal.weather = .fine
        try await delivered
        #expect(temporal.requestIDs == ["p-1": ["r-1"]])
    }

    @Test("A signal with start starts its workflow once, signals it, and is late when it has ended")
    func signalWithStart()
        async throws
    {
        guard case .start(let start) = start(), case .signal(let signal) = signal() else { return }
        try await deliver(.signalWithStart(start, signal))
        try await deliver(.signalWithStart(start, signal))
        #expect(temporal.workflows["p-1"]?.signals == [signal])
        temporal.close("p-1")
        try await deliver(.signalWithStart(start, signal))
        guard case .signal(let other) = self.signal(requestID: "r-3", name: "cancel") else { return }
        #expect(await rejection(.signalWithStart(start, other)) == .lateCancellation)
    }

    @Test("A signal waits for its payment to appear") func early() async throws {
        async let delivered: Void = deliver(signal(), hold: .seconds(50))
        try await eventually { temporal.calls >= 6 }
        temporal.add("p-1")
        try await delivered
        #expect(temporal.workflows["p-1"]?.signals.count == 1)
    }

    @Test("A signal to a payment that does not appear is given up after a while") func unknown() async {
        let begin = ContinuousClock.now
        #expect(await rejection(signal()) == .unknownPayment)
        #expect(begin.duration(to: .now) >= .milliseconds(100))
        #expect(temporal.calls > 2)
    }

    @Test("A signal to a payment that has ended is late") func late() async {
        temporal.add("p-1", ScriptedTemporal.Workflow(isOpen: false))
        #expect(await rejection(signal()) == .lateCancellation)
    }

    @Test("A late signal that another workflow takes up starts it, once for all that say the same; another conflicts")
    func handedOver() async throws {
        temporal.add("p-1", ScriptedTemporal.Workflow(isOpen: false))
        func late(_ requestID: String, digest: String) -> WorkflowCommand {
            signal(
                requestID: requestID,
                whenLate: .start(
                    StartCommand(
                        workflowType: "LateConfirmationWorkflow", workflowID: "p-1/late", taskQueue: "payments",
                        requestID: requestID, input: Payloads(), digest: digest)))
        }
        try await deliver(late("r-1", digest: "d-1"))
        try await deliver(late("r-1", digest: "d-1"))
        try await deliver(late("r-2", digest: "d-1"))
        #expect(temporal.workflows["p-1/late"]?.start?.requestID == "r-1")
        #expect(temporal.workflows["p-1"]?.signals.isEmpty == true)
        #expect(await rejection(late("r-3", digest: "d-2")) == .conflict)
    }

    @Test("A signal read again after the payment took it and ended is not late") func appliedBefore() async throws {
        temporal.add("p-1")
        try await deliver(signal())
        temporal.close("p-1")
        try await deliver(signal())
        try await deliver(signal(requestID: "r-9"))
        #expect(await rejection(signal(name: "cancel")) == .lateCancellation)
    }

    @Test("Cancelled while it waits for the next attempt, it ends at once and leaves the record undone")
    func cancelled() async throws {
        temporal.weather = .unavailable
        let slow = WorkflowDelivery(
            workflows: temporal, governor: CallGovernor(maximum: 1, backoff: backoff),
            backoff: Backoff(initialDelay: .seconds(600), maximumDelay: .seconds(600)), hold: .seconds(1),
            budget: .seconds(1), metrics: BridgeMetrics(topics: []), logger: .silent)
        let task = Task { try await slow.deliver(start(), CallShield()) }
        try await eventually { temporal.calls == 1 && temporal.running == 0 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

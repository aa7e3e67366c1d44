import FaultInjection
import Kafka
import PaymentEvents
import ProcessTestSupport
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing
import WaitingTestSupport

@testable import Bridge

@Suite("Failure cases: starts", .timeLimit(.minutes(5))) struct StartCases {
    /// The run that is the only one of each payment.
    private func runs(_ payments: [String], _ stage: Stage) async throws -> [String: String] {
        var runs: [String: String] = [:]
        for payment in payments { runs[payment] = try await stage.client.handle(id: payment).describe().runID }
        return runs
    }

    @Test(
        "Case 01: a bridge killed between start and commit: the next one repeats the starts, and no payment runs twice")
    func killedBeforeCommit() async throws {
        try await Stage.run { stage in
            let payments = (0..<20).map(stage.payment)
            try stage.cluster.failNext(.offsetCommit, with: Array(repeating: .topicAuthorizationFailed, count: 10_000))
            let bridge = try await stage.startBridgeProcess()
            try await stage.send(payments.map { try PaymentRecords.request($0) })
            try await stage.waitForStarts(payments)
            await bridge.kill()
            try stage.cluster.clearFailures(of: .offsetCommit)
            #expect(try await stage.committed().values.reduce(0, +) == 0)
            let before = try await runs(payments, stage)

            try await stage.withBridge {
                try await eventually { stage.applied >= payments.count }
            }
            #expect(try await runs(payments, stage) == before)
            #expect(try await stage.committed().values.reduce(0, +) == Int64(payments.count))
            #expect(try await stage.deadLetters().isEmpty)
        }
    }

    @Test(
        "Case 02: a bridge killed before its starts were acknowledged has committed nothing, and the next one starts all"
    )
    func killedBeforeStart() async throws {
        try await Stage.run { stage in
            let payments = (0..<20).map(stage.payment)
            let bridge = try await stage.startBridgeProcess()
            try await eventually { bridge.output.contains("ready") }
            try stage.proxy.set(.halfOpen)
            try await stage.send(payments.map { try PaymentRecords.request($0) })
            // It has read them and asks for the starts: what goes over an idle connection is far less.
            try await eventually { stage.proxy.swallowedBytes > 2_000 }
            await bridge.kill()
            try stage.proxy.set(.none)
            #expect(try await stage.committed().values.reduce(0, +) == 0)
            for payment in payments { #expect(try await !stage.isStarted(payment)) }

            try await stage.withBridge { try await stage.waitForStarts(payments) }
            #expect(try await stage.committed().values.reduce(0, +) == Int64(payments.count))
        }
    }

    @Test(
        "Case 03: whatever becomes of the way to Temporal, every payment is started once, and none is committed before",
        arguments: [
            FaultProxy.Fault.refuse, .cut, .halfOpen, .loseAnswers, .wrongAnswers, .delay(.milliseconds(500)),
        ])
    func unreachable(_ fault: FaultProxy.Fault) async throws {
        try await Stage.run { stage in
            let payments = (0..<30).map(stage.payment)
            try await stage.withBridge {
                try await stage.send(payments[..<10].map { try PaymentRecords.request($0) })
                try await stage.waitForStarts(Array(payments[..<10]))
                try stage.proxy.set(fault)
                try await stage.send(payments[10...].map { try PaymentRecords.request($0) })
                // Longer than a call may take.
                try await Task.sleep(for: .seconds(3))
                try stage.proxy.set(.none)
                // Acknowledged, that is: those whose answer was lost are started already.
                try await eventually { stage.applied >= payments.count }
            }
            #expect(try await stage.committed().values.reduce(0, +) == Int64(payments.count))
            #expect(try await stage.deadLetters().isEmpty)
            // One first event each: a start that was carried out although its answer was lost counts.
            for payment in payments {
                let history = try await stage.client.handle(id: payment).fetchHistory()
                #expect(history.count { $0.eventType == .workflowExecutionStarted } == 1)
            }
        }
    }

    @Test("Case 05: a topic read again from its beginning after the payments have ended starts none of them again")
    func replayedTopic() async throws {
        try await Stage.run { stage in
            let payments = (0..<10).map(stage.payment)
            try await stage.send(payments.map { try PaymentRecords.request($0) })
            try await stage.withBridge { try await stage.waitForStarts(payments) }
            let before = try await runs(payments, stage)
            for payment in payments { try await stage.client.handle(id: payment).terminate(reason: "ended") }
            let applied = stage.applied
            try await stage.withBridge(configure: { $0.groupID = "another" }) {
                try await eventually { stage.applied >= applied + payments.count }
            }
            #expect(try await runs(payments, stage) == before)
            #expect(try await stage.deadLetters().isEmpty)
        }
    }

    @Test("Case 06: another request with the id of a payment is reported as a conflict, and the payment is untouched")
    func conflict() async throws {
        try await Stage.run { stage in
            let payment = stage.payment(0)
            try await stage.send([
                PaymentRecords.request(payment), PaymentRecords.request(payment, minorUnits: 1),
                PaymentRecords.request(payment),
            ])
            try await stage.withBridge {
                try await eventually { try await stage.deadLetters().count == 1 && stage.applied >= 2 }
            }
            let letter = try #require(try await stage.deadLetters().first)
            #expect(letter.headers.text(of: DeadLetterHeader.reason) == "conflict")
            #expect(letter.value == (try PaymentRecords.request(payment, minorUnits: 1)).value)
            let history = try await stage.client.handle(id: payment).fetchHistory()
            #expect(history.count == 2)
        }
    }

    @Test("A payment is started with all time-outs, far beyond any wait of its own")
    func timeouts() async throws {
        try await Stage.run { stage in
            let payment = stage.payment(0)
            try await stage.send([PaymentRecords.request(payment)])
            try await stage.withBridge { try await stage.waitForStarts([payment]) }
            let history = try await stage.client.handle(id: payment).fetchHistory()
            let start = try #require(history.first?.workflowExecutionStartedEventAttributes)
            #expect(start.workflowExecutionTimeout.seconds == 365 * 86_400)
            #expect(start.workflowRunTimeout.seconds == 365 * 86_400)
            #expect(start.workflowTaskTimeout.seconds == 10)
        }
    }
}

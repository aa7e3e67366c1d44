import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite(
    "Histories that Temporal's Rust core recorded", .enabled(if: RecordedHistories.areThere, RecordedHistories.missing))
struct RecordedHistoryTests {
    private func events(_ name: String) throws -> [HistoryEvent] {
        try RecordedHistories.history("core/\(name).bin").events
    }

    /// Plays all of a history, in pages of every size.
    private func replay(_ events: [HistoryEvent], _ body: @escaping BodyWorkflow.Body) throws {
        var history = HistoryBuilder(workflowType: "BodyWorkflow")
        for event in events { history.add(event) }
        let input = Payloads()
        history.changeFirst { $0.workflowExecutionStartedEventAttributes.input = input }
        for size in 1...events.count {
            let outputs = BodyWorkflow.$body.withValue(body) {
                ScriptedRun(BodyWorkflow.self).replay(history, previousStarted: history.lastStartedID, pageSize: size)
            }
            #expect(outputs.taskFailure == nil, "pages of \(size)")
            #expect(outputs.commands.isEmpty, "pages of \(size)")
        }
    }

    /// The recordings of these tests number timers from 0, where SDKs number from 1.
    private func renumbered(_ events: [HistoryEvent]) -> [HistoryEvent] {
        events.map { event in
            var event = event
            switch event.attributes {
            case .timerStartedEventAttributes: event.timerStartedEventAttributes.timerID = "1"
            case .timerFiredEventAttributes: event.timerFiredEventAttributes.timerID = "1"
            default: break
            }
            return event
        }
    }

    private static let sleeps: BodyWorkflow.Body = { context in
        try await context.sleep(for: .seconds(1))
        return ""
    }

    @Test("A timer, recorded by the core's own tests, replays")
    func timer() throws {
        let recorded = try events("timer_workflow_history")
        try replay(renumbered(recorded), Self.sleeps)
    }

    @Test("A task that failed once, recorded, replays")
    func failedTask() throws { try replay(renumbered(try events("fail_wf_task")), Self.sleeps) }

    @Test("A history that ends with a completed task of no commands replays")
    func emptyEnd() throws {
        try replay(try events("ends_empty_wft_complete")) { context in
            _ = try await context.execute(
                ActivityType<NoValue, String>("say_hello"), NoValue(), options: .init(startToClose: .seconds(60)))
            try await context.wait(until: { false })
            return ""
        }
    }

    @Test("Scenario 084: the patch markers of old SDKs are read")
    func oldMarkers() throws {
        let isNew = Box<Bool?>(nil)
        try replay(try events("old_change_marker_format")) { context in
            isNew.value = context.patched("integ_test_change_name")
            for _ in 1...3 { try await context.sleep(for: .milliseconds(100)) }
            return ""
        }
        #expect(isNew.value == true)
    }
}

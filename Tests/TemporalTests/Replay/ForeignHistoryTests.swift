import Foundation
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Histories recorded by other SDKs", .enabled(if: RecordedHistories.areThere, RecordedHistories.missing))
struct ForeignHistoryTests {
    @Test("Every one is read, and cut into the same pieces at every page size", arguments: ["go", "java", "python"])
    func paging(sdk: String) throws {
        for (name, history) in try RecordedHistories.all(of: sdk) {
            let unknown = history.events.filter { !$0.isOfKnownType }
            #expect(unknown.isEmpty || name.lowercased().contains("unknown"), "\(name)")
            let whole = try pieces(of: history.events, pageSize: history.events.count)
            #expect(whole.last == history.events.last?.eventID, "\(name)")
            for size in 1...history.events.count {
                #expect(try pieces(of: history.events, pageSize: size) == whole, "\(name), page size \(size)")
            }
        }
    }

    @Test("Every one survives a round trip through both forms of export", arguments: ["go", "java", "python"])
    func roundTrip(sdk: String) throws {
        for (name, history) in try RecordedHistories.all(of: sdk) {
            #expect(try WorkflowHistory(exported: history.json()).events == history.events, "\(name)")
            #expect(try WorkflowHistory(exported: history.protobuf()).events == history.events, "\(name)")
        }
    }

    @Test(
        "What Python workflows did, their Swift twins do",
        arguments: [
            "complete_history", "event_tracing_alternate", "swallowed_activity_cancellation",
            "command_reordering_backward_compatibility", "event_tracing", "event_tracing_single_batch",
            "event_tracing_double_sig_at_start", "event_tracing_double_sig_at_start_single_batch",
        ])
    func python(name: String) async throws {
        let history = try RecordedHistories.history("python/test_replayer_\(name).json")
        #expect(await Self.twins.replay(history).verdict == .ok)
    }

    @Test("The commands that old Python workers dropped after the end are missed where history says that it is newer")
    func droppedCommands() async throws {
        let path = "python/test_replayer_command_reordering_backward_compatibility.json"
        var events = try RecordedHistories.history(path).events
        events[3].workflowTaskCompletedEventAttributes.sdkMetadata.coreUsedFlags = [1, 2, 3]
        guard case .nondeterminism(let message) = await Self.twins.replay(WorkflowHistory(events: events)).verdict
        else {
            Issue.record("not refused")
            return
        }
        #expect(message.contains("event 6, workflowExecutionCompleted"), "\(message)")
    }

    @Test(
        "Handlers and workflow take turns as they did in Python",
        arguments: ["event_tracing", "event_tracing_single_batch", "event_tracing_double_sig_at_start_single_batch"])
    func turns(name: String) throws {
        let history = try RecordedHistories.history("python/test_replayer_\(name).json")
        guard case .workflowExecutionCompletedEventAttributes(let end)? = history.events.last?.attributes else {
            Issue.record("the recording does not end")
            return
        }
        // Without what the last task led to, it is a task that is still to be answered.
        let events = Array(history.events.dropLast(2))
        let previous = events.dropLast().last { $0.eventType == .workflowTaskStarted }?.eventID ?? 0
        for size in 1...events.count {
            let outputs = ScriptedRun(TracingTwin.self).replay(
                events: events, previousStarted: previous, pageSize: size)
            let trace = try DataConverter.standard.decode([String].self, from: end.result)
            #expect(try outputs.result() == trace, "page size \(size)")
        }
    }

    @Test("No recording of the Rust core or of the Python SDK is left out")
    func everyFile() throws {
        let replayed: [String: Set<String>] = [
            "core": [
                "timer_workflow_history", "fail_wf_task", "ends_empty_wft_complete", "old_change_marker_format",
                "evict_while_la_running_no_interference-16_history",
                "evict_while_la_running_no_interference-23_history",
                "evict_while_la_running_no_interference-85_history", "long_local_activity_with_update-0_history",
                "long_local_activity_with_update-1_history", "long_local_activity_with_update-2_history",
                "long_local_activity_with_update-3_history",
            ],
            "python": Set(
                [
                    "complete_history", "event_tracing_alternate", "swallowed_activity_cancellation",
                    "command_reordering_backward_compatibility", "event_tracing", "event_tracing_single_batch",
                    "event_tracing_double_sig_at_start", "event_tracing_double_sig_at_start_single_batch",
                    "nondeterministic_history",
                ].map { "test_replayer_\($0)" }),
        ]
        for (sdk, names) in replayed {
            #expect(Set(try RecordedHistories.all(of: sdk).map(\.name)) == names, "\(sdk)")
        }
    }

    @Test("Code that sleeps where the recorded Python run did not is refused, and told where")
    func pythonNondeterminism() async throws {
        let history = try RecordedHistories.history("python/test_replayer_nondeterministic_history.json")
        let verdict = await Self.twins.replay(history).verdict
        guard case .nondeterminism(let message) = verdict else {
            Issue.record("not refused: \(verdict)")
            return
        }
        #expect(message.hasPrefix("[TMPRL1100] Nondeterminism error: timer 1"))
        #expect(message.contains("event 5, activityTaskScheduled"))
    }

    @Test("An event of a type nobody knows ends a run, unless it says that it may be ignored")
    func unknownEvents() throws {
        for (path, isAllowed) in [
            ("go/workflow_with_unknown_event", true), ("go/workflow_with_bad_unknown_event", false),
            ("java/testUnknownHistoryEventMayIgnore", true), ("java/testUnknownHistoryEventMayNotIgnore", false),
        ] {
            let history = try RecordedHistories.history("\(path).json")
            let event = try #require(history.events.first { !$0.isOfKnownType })
            #expect(event.workerMayIgnore == isAllowed, "\(path)")
            let failure = Self.failure(applying: event)
            #expect((failure == nil) == isAllowed, "\(path)")
            if !isAllowed {
                #expect(failure?.cause == .workflowWorkerUnhandledFailure, "\(path)")
                #expect(failure?.failure.message.contains("event \(event.eventID) is of a type") == true, "\(path)")
            }
        }
    }

    @Test("Histories whose events do not fit the code are refused as nondeterministic, each for what is bad about it")
    func badHistories() async throws {
        let silent = WorkflowReplayer(workflows: [SilentTwin.self])
        for (path, event) in [
            ("go/bad-history", 5), ("go/bad-history-2", 5), ("go/bad-empty-workflow", 5),
            ("go/bad-local-activity-2", 5), ("go/bad-search-attribute", 5), ("go/bad-search-attribute-2", 5),
            ("go/bad-upsert-memo-workflow", 5), ("go/bad-upsert-memo-workflow-2", 5), ("go/bad-continue-as-new", 5),
        ] {
            let history = try RecordedHistories.history("\(path).json").renamed(to: "SilentTwin")
            let verdict = await silent.replay(history).verdict
            guard case .nondeterminism(let message) = verdict else {
                Issue.record("\(path) not refused: \(verdict)")
                continue
            }
            #expect(message.contains("history has event \(event),"), "\(path): \(message)")
        }
        // These hold nothing but the end of the run: what the Go code did in between left nothing there.
        for path in ["go/bad-local-activity", "go/bad-continue-as-new-2"] {
            let history = try RecordedHistories.history("\(path).json").renamed(to: "SleepWorkflow")
            let verdict = await WorkflowReplayer(workflows: [SleepWorkflow.self]).replay(history).verdict
            guard case .nondeterminism(let message) = verdict else {
                Issue.record("\(path) not refused: \(verdict)")
                continue
            }
            #expect(message.contains("event 5, workflowExecutionCompleted"), "\(path): \(message)")
        }
    }

    @Test("A history that is cut off is told from one that goes on")
    func cutOff() async throws {
        var history = try RecordedHistories.history("go/workflow1.json").events
        history.removeLast(history.count - 9)
        var buffer = HistoryBuffer()
        #expect(throws: WorkflowTaskFailure.self) {
            try buffer.begin(events: history, token: Data(), startedEventID: 23)
        }
    }

    private static let twins = WorkflowReplayer(
        workflows: [
            SayHelloWorkflow.self, ActivityAndSignalsWorkflow.self, QuickActivityWorkflow.self, TracingTwin.self,
            UpdateAfterReturnTwin.self,
        ])

    /// What a run makes of one event, as its second.
    private static func failure(applying event: HistoryEvent) -> WorkflowTaskFailure? {
        var machines = WorkflowMachines(
            workflowID: "w", runID: "r", namespace: "default", taskQueue: "test", options: .init())
        do throws(WorkflowTaskFailure) {
            try machines.apply(.init(events: [event], isLast: false), upcoming: [])
            return nil
        } catch {
            return error
        }
    }
}

/// Ends at once, whatever it is given.
final class SilentTwin: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue { NoValue() }
}

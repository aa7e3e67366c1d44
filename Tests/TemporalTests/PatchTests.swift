import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("Patches")
struct PatchTests {
    /// What code can do at the place of a patch.
    enum Code: CaseIterable { case none, patched, deprecated }

    /// What history can have at the place of a patch.
    enum Recorded: CaseIterable { case nothing, marker, deprecatedMarker }

    /// Code with a patch, or without; a timer of its own tells which course it took: 2 s is the new one.
    private static func body(_ code: Code) -> BodyWorkflow.Body {
        { context in
            let isNew: Bool
            switch code {
            case .none: isNew = false
            case .patched: isNew = context.patched("change")
            case .deprecated:
                context.deprecatePatch("change")
                isNew = true
            }
            try await context.sleep(for: isNew ? .seconds(2) : .seconds(1))
            return isNew ? "new" : "old"
        }
    }

    private func history(_ recorded: Recorded) throws -> HistoryBuilder {
        var history = try HistoryBuilder.begun()
        history.taskCompleted(flags: [1, 2, 3])
        switch recorded {
        case .nothing: break
        case .marker: history.patched("change")
        case .deprecatedMarker: history.patched("change", isDeprecated: true)
        }
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        return history
    }

    @Test("Scenario 082: code without a patch, on a new run, records nothing")
    func liveNone() throws {
        #expect(try play(try .begun(), Self.body(.none))[0].types == [.startTimer])
    }

    @Test(
        "Scenario 082: code with a patch, live or deprecated, takes the new course on a new run and records it",
        arguments: [false, true])
    func live(isDeprecated: Bool) throws {
        let commands = try play(try .begun(), Self.body(isDeprecated ? .deprecated : .patched))[0]
        #expect(commands.types == [.recordMarker, .upsertWorkflowSearchAttributes, .startTimer])
        #expect(commands[0].recordMarkerCommandAttributes.markerName == "core_patch")
        let data = commands[0].recordMarkerCommandAttributes.details["patch-data"]?.payloads.first?.data
        #expect(data == Data(#"{"id":"change","deprecated":\#(isDeprecated)}"#.utf8))
        let listed = commands[1].upsertWorkflowSearchAttributesCommandAttributes.searchAttributes.indexedFields
        #expect(listed["TemporalChangeVersion"]?.data == Data(#"["change"]"#.utf8))
        #expect(listed["TemporalChangeVersion"]?.metadata["type"] == Data("KeywordList".utf8))
        #expect(commands[2].startTimerCommandAttributes.startToFireTimeout.seconds == 2)
    }

    @Test(
        "Scenario 082: every history meets every code: the course history has, or a refusal where code lost a live patch",
        arguments: Recorded.allCases, Code.allCases)
    func replayed(_ recorded: Recorded, _ code: Code) throws {
        let outputs = replay(try history(recorded), Self.body(code))
        if recorded == .marker, code == .none {
            #expect(outputs.taskFailure?.cause == .nonDeterministicError)
            return
        }
        #expect(outputs.taskFailure == nil)
        let isNew = code == .deprecated || code == .patched && recorded != .nothing
        #expect(try outputs.result(String.self) == (isNew ? "new" : "old"))
        #expect(outputs.commandTypes == [.completeWorkflowExecution])
    }

    @Test("Scenario 082: a run with a patch goes on the same, kept or replayed")
    func keptAndReplayed() throws {
        #expect(try play(history(.marker), Self.body(.patched))[1].result == "new")
        #expect(try play(history(.deprecatedMarker), Self.body(.deprecated))[1].result == "new")
        #expect(try play(history(.nothing), Self.body(.none))[1].result == "old")
    }

    @Test("Scenario 083: a patch in several places, in handlers and in later tasks is recorded once")
    func severalPlaces() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted(flags: [1, 2, 3])
        let timer = history.timerStarted(1)
        try history.signaled("go", NoValue())
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        history.taskCompleted()
        history.patched("change")
        let second = history.timerStarted(2)
        history.timerFired(2, started: second)
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            let handled = Box(false)
            context.setSignalHandler(SignalType<NoValue>("go")) { _ in handled.value = context.patched("change") }
            try await context.sleep(for: .seconds(1))
            let here = context.patched("change") && context.patched("change")
            try await context.sleep(for: .seconds(1))
            return "\(handled.value) \(here) \(context.patched("change"))"
        }
        #expect(commands[1].types == [.recordMarker, .upsertWorkflowSearchAttributes, .startTimer])
        #expect(commands[2].types == [.completeWorkflowExecution])
        #expect(commands[2].result == "true true true")
    }

    @Test("Scenario 083: a patch passed in replay without a marker stays off, even where the run goes on live")
    func staysOff() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        let outputs = replay(history) { context in
            let first = context.patched("change")
            try await context.sleep(for: .seconds(1))
            return "\(first) \(context.patched("change"))"
        }
        #expect(outputs.commandTypes == [.completeWorkflowExecution])
        #expect(try outputs.result(String.self) == "false false")
    }

    @Test("Scenario 085: a deprecated patch that code lost is skipped, with its listing, next to one that code has")
    func removedNextToAnother() throws {
        for removedFirst in [true, false] {
            var history = try HistoryBuilder.begun()
            history.taskCompleted(flags: [1, 2, 3])
            if removedFirst { history.patched("removed", isDeprecated: true) }
            history.patched("kept")
            if !removedFirst { history.patched("removed", isDeprecated: true) }
            let timer = history.timerStarted(1)
            history.timerFired(1, started: timer)
            history.taskScheduledAndStarted()
            let outputs = replay(history) { context in
                let isNew = context.patched("kept")
                try await context.sleep(for: .seconds(1))
                return "\(isNew)"
            }
            #expect(outputs.taskFailure == nil, "removed first: \(removedFirst)")
            #expect(try outputs.result(String.self) == "true")
        }
    }

    @Test("Scenario 086: patches are listed, sorted, until the list is too long for the server")
    func list() throws {
        let names = (1...40).map { "\($0)".padding(toLength: 60, withPad: "x", startingAt: 0) }
        let body: BodyWorkflow.Body = { context in
            for name in names.reversed() { _ = context.patched(name) }
            try await context.sleep(for: .seconds(1))
            return "done"
        }
        let commands = try play(try .begun(), body)[0]
        let lists = commands.filter { $0.commandType == .upsertWorkflowSearchAttributes }.compactMap {
            $0.upsertWorkflowSearchAttributesCommandAttributes.searchAttributes
                .indexedFields["TemporalChangeVersion"]?.data
        }
        #expect(commands.count { $0.commandType == .recordMarker } == 40)
        // Each name takes 63 bytes with its quotes and comma: 32 of them fit below 2048 bytes.
        #expect(lists.count == 32)
        #expect(lists.allSatisfy { $0.count < 2048 })
        #expect(try JSONDecoder().decode([String].self, from: lists[2]) == names[37...].sorted())

        var history = try HistoryBuilder.begun()
        history.taskCompleted(flags: [1, 2, 3])
        for (index, name) in names.reversed().enumerated() { history.patched(name, isListed: index < 32) }
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        #expect(try play(history, body)[1].result == "done")
    }

    @Test("Scenario 087: code that upserts the reserved attribute changes nothing, and leaves an empty command")
    func reserved() throws {
        let reserved = SearchAttributeKey.keywordList("TemporalChangeVersion")
        let commands = try play(try .begun()) { context in
            context.upsert(try reserved.set(["mine"]))
            return ""
        }
        #expect(commands[0].types == [.upsertWorkflowSearchAttributes, .completeWorkflowExecution])
        let attributes = commands[0][0].upsertWorkflowSearchAttributesCommandAttributes
        #expect(attributes.hasSearchAttributes && attributes.searchAttributes.indexedFields.isEmpty)
    }

    @Test("Where history has no flag for it, patches are not listed on replay")
    func withoutFlag() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        history.patched("change", isListed: false)
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        #expect(try replay(history, Self.body(.patched)).result(String.self) == "new")
        // A server that keeps no flags: no list, ever.
        let live = try play(try .begun(), options: RunOptions(recordsMetadata: false), Self.body(.patched))
        #expect(live[0].types == [.recordMarker, .startTimer])
    }
}

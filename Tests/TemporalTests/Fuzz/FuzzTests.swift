import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Random workflows", .timeLimit(.minutes(60)))
struct FuzzTests {
    @Test("Scenario 116: random workflows ask for the same when run live, rebuilt at every task, and replayed")
    func programs() async throws {
        let replayer = WorkflowReplayer(workflows: [FuzzWorkflow.self])
        var met: Set<EventType> = []
        var unhandled = 0
        for seed in FuzzSeeds.programs {
            let scenario = FuzzScenario(seed: seed)
            let live = try await scenario.histories(evictions: 0)
            let asked = live.map(\.withoutRealTime)
            for history in live {
                #expect(await replayer.replay(history).verdict == .ok, "seed \(seed), \(history.workflowID)")
            }
            let events = live.flatMap(\.events)
            met.formUnion(events.map(\.eventType))
            unhandled += events.count { $0.workflowTaskFailedEventAttributes.cause == .unhandledCommand }
            let evicted = try await scenario.histories(evictions: 1, pageSize: Int(seed % 7) + 1)
            expectSame(evicted.map(\.withoutRealTime), asked, "seed \(seed): rebuilt at every task")
            let uncached = try await scenario.histories(evictions: 0.3, cachedWorkflows: Int(seed % 3))
            expectSame(uncached.map(\.withoutRealTime), asked, "seed \(seed): small cache")
        }
        // Programs that never meet what can go wrong would show nothing.
        guard FuzzSeeds.programs.count >= 200 else { return }
        #expect(unhandled > 0)
        #expect(
            met.isSuperset(of: [
                .timerFired, .timerCanceled, .activityTaskFailed, .activityTaskTimedOut, .activityTaskCancelRequested,
                .activityTaskCanceled, .workflowExecutionSignaled, .workflowExecutionCancelRequested, .markerRecorded,
                .childWorkflowExecutionCompleted, .childWorkflowExecutionCanceled, .workflowTaskTimedOut,
                .requestCancelExternalWorkflowExecutionInitiated, .workflowExecutionFailed, .workflowExecutionCanceled,
                .workflowExecutionContinuedAsNew, .workflowExecutionUpdateAccepted, .workflowExecutionUpdateCompleted,
                .externalWorkflowExecutionSignaled, .signalExternalWorkflowExecutionFailed,
                .externalWorkflowExecutionCancelRequested, .requestCancelExternalWorkflowExecutionFailed,
                .workflowPropertiesModified,
            ]))
    }

    /// Says where histories part, which is what one wants to know of a hundred events.
    private func expectSame(_ histories: [WorkflowHistory], _ expected: [WorkflowHistory], _ what: String) {
        guard histories != expected else { return }
        for (history, expected) in zip(histories, expected) where history != expected {
            let index = zip(history.events, expected.events).prefix { $0 == $1 }.map(\.0).count
            Issue.record(
                """
                \(what): \(history.workflowID) has \(history.events.dropFirst(index).prefix(3)), \
                not \(expected.events.dropFirst(index).prefix(3))
                """)
            return
        }
        Issue.record("\(what): \(histories.count) runs, not \(expected.count)")
    }

    @Test("Damaged histories are judged, whatever the damage: nothing crashes, nothing hangs")
    func corruption() async throws {
        let replayer = WorkflowReplayer(workflows: [FuzzWorkflow.self])
        var verdicts: [Bool: Int] = [:]
        var histories: [WorkflowHistory] = []
        for seed: UInt64 in 1...20 { histories += try await FuzzScenario(seed: seed).histories(evictions: 0) }
        for seed in FuzzSeeds.corruptions {
            var generator = SeededGenerator(seed: seed, purpose: 200)
            guard let history = histories.randomElement(using: &generator) else { continue }
            let damaged = history.damaged(using: &generator)
            verdicts[await replayer.replay(damaged).verdict.isOK, default: 0] += 1
            let size = Int.random(in: 1...20, using: &generator)
            _ = try? pieces(of: damaged.events, pageSize: size)
        }
        // Much damage does not matter, but some must.
        #expect((verdicts[false] ?? 0) * 4 > verdicts.values.reduce(0, +))
    }
}

extension WorkflowHistory {
    /// Without what local activities took in real time, which is never the same twice.
    fileprivate var withoutRealTime: WorkflowHistory {
        let events = events.map { event in
            guard let marker = try? LocalActivityMarker(event) else { return event }
            var event = event
            event.markerRecordedEventAttributes.details["data"] = .with {
                $0.payloads = [.with { $0.data = Data("\(marker.sequence) \(marker.attempt)".utf8) }]
            }
            return event
        }
        return WorkflowHistory(workflowID: workflowID, events: events)
    }

    fileprivate func damaged(using generator: inout SeededGenerator) -> WorkflowHistory {
        var events = events
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !events.isEmpty {
            let index = events.indices.randomElement(using: &generator) ?? 0
            let other = events.indices.randomElement(using: &generator) ?? 0
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: events.remove(at: index)
            case 1: events.insert(events[index], at: other)
            case 2: events.swapAt(index, other)
            case 3:
                events[index].eventType = EventType(rawValue: Int.random(in: 0...70, using: &generator)) ?? .unspecified
            case 4: events[index].attributes = events[other].attributes
            case 5:
                events[index].eventID = Int64(
                    truncatingIfNeeded: generator.next() >> UInt64.random(in: 0...63, using: &generator))
            default: events[index] = events[index].withFlippedBits(using: &generator)
            }
        }
        // As often as not the ids fit again, so that the damage is met further on.
        if generator.happens(0.5) { for index in events.indices { events[index].eventID = Int64(index) + 1 } }
        return WorkflowHistory(workflowID: workflowID, events: events)
    }
}

extension HistoryEvent {
    /// Itself, when the damaged bytes are no event any more.
    fileprivate func withFlippedBits(using generator: inout SeededGenerator) -> HistoryEvent {
        guard var bytes: [UInt8] = try? serializedBytes(), !bytes.isEmpty else { return self }
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
        }
        return (try? HistoryEvent(serializedBytes: bytes)) ?? self
    }
}

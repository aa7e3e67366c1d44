import Foundation
import TemporalAPI
import Testing

@testable import Temporal

@Suite("Our worker and the official SDK's, on the same server", .timeLimit(.minutes(5)))
struct DifferentialTests {
    @Test("Differential: the same history, which each replays of the other", arguments: Scenario.all)
    func scenario(_ scenario: Scenario) async throws {
        let stage = try await Stage.shared()
        var (mine, theirs) = try await outcomes(of: scenario, stage)
        // When the machine stands still the server fires timers together that were seconds apart, and hands out again a workflow task that
        // nobody answered in time: workers that were told different things do different things. A worker that is the reason for it is so
        // every time, and is found out.
        for _ in 1...3 where theirs.news != mine.news {
            (mine, theirs) = try await outcomes(of: scenario, stage)
        }
        #expect(mine.notes == theirs.notes)
        #expect(mine.runs.map(\.name) == theirs.runs.map(\.name))
        for (mine, theirs) in zip(mine.runs, theirs.runs) {
            let difference = try mine.normalized().difference(from: theirs.normalized())
            #expect(difference == nil, "\(mine.name)")
            await #expect(throws: Never.self, "we replay our \(mine.name)") {
                try await OurReplay.replay(mine.events, workflowID: mine.workflowID)
            }
            guard scenario.replaysAcross else { continue }
            await #expect(throws: Never.self, "the official SDK replays our \(mine.name)") {
                try await stage.official.replay(mine.events, workflowID: mine.workflowID)
            }
            await #expect(throws: Never.self, "we replay the official SDK's \(theirs.name)") {
                try await OurReplay.replay(theirs.events, workflowID: theirs.workflowID)
            }
        }
    }

    private func outcomes(of scenario: Scenario, _ stage: Stage) async throws -> (Outcome, Outcome) {
        try await stage.withPlace { place in
            async let ours = play(scenario, stage, .ours, place)
            async let official = play(scenario, stage, .official, place)
            return try await (ours, official)
        }
    }

    /// What came of a scenario on one side.
    struct Outcome {
        let runs: [Run]
        let notes: [String]

        /// What the server said in each run, and when it asked for an answer.
        var news: [[EventType]] {
            runs.map { run in
                run.events.filter { !$0.isCommandEvent && $0.eventType != .workflowTaskFailed }.map(\.eventType)
            }
        }
    }

    /// One closed run, with its history.
    struct Run {
        /// What both sides call it.
        let name: String
        let workflowID: String
        let events: [HistoryEvent]
        let names: [String: String]

        func normalized() throws -> NormalizedHistory { try .init(events, names: names) }
    }

    private func play(
        _ scenario: Scenario, _ stage: Stage, _ side: Stage.Side, _ place: Int
    ) async throws -> Outcome {
        let id = "\(scenario.name)-\(side)-\(UUID().uuidString)"
        let queue = scenario.startsLate ? id + "-queue" : stage.queue(of: side, place)
        let options = StartWorkflowOptions(
            id: id, taskQueue: queue, runTimeout: scenario.runTimeout, taskTimeout: scenario.taskTimeout,
            retryPolicy: scenario.retryPolicy)
        let converter = DataConverter.standard
        let input = try scenario.input.map { try converter.payloads(encoding: $0) } ?? Payloads()
        let handle =
            if let signal = scenario.signal {
                try await stage.client.signalWithStart(
                    typeName: scenario.name, input: input, signalName: signal,
                    signalInput: converter.payloads(encoding: signal), options: options)
            } else if let update = scenario.update {
                try await stage.client.startUpdateWithStart(
                    typeName: scenario.name, input: input, updateName: update,
                    updateInput: converter.payloads(encoding: "first"), waitFor: .completed, options: options,
                    id: "with-start"
                ).workflow
            } else {
                try await stage.client.startWorkflow(typeName: scenario.name, input: input, options: options)
            }
        let play = Play(handle, client: stage.client, queue: queue) { try await stage.serve(queue, by: side) }
        try await scenario.drive(play)
        let names = [id: "<id>", queue: "<queue>"]
        var runs: [Run] = []
        for workflowID in [id] + play.otherIDs {
            runs += try await closedRuns(
                of: workflowID, first: workflowID == id ? handle.startedRunID : nil, stage.client, names)
        }
        return Outcome(runs: runs, notes: play.notes)
    }

    /// The run and those that follow it, when the last has closed.
    private func closedRuns(
        of workflowID: String, first: String?, _ client: TemporalClient, _ names: [String: String]
    ) async throws -> [Run] {
        var runs: [Run] = []
        var runID = first
        repeat {
            let handle = client.handle(id: workflowID, runID: runID)
            _ = try? await handle.result(followRuns: false)
            let events = try await handle.fetchHistory()
            let name = workflowID.replacing(names.first { $0.value == "<id>" }?.key ?? "", with: "run")
            runs.append(
                Run(
                    name: "\(name) \(runs.count + 1)", workflowID: workflowID,
                    events: events, names: names))
            runID = events.last?.followingRunID
        } while runID != nil
        return runs
    }
}

extension HistoryEvent {
    /// The run that a closed run is followed by.
    fileprivate var followingRunID: String? {
        let id =
            switch attributes {
            case .workflowExecutionContinuedAsNewEventAttributes(let attributes): attributes.newExecutionRunID
            case .workflowExecutionFailedEventAttributes(let attributes): attributes.newExecutionRunID
            case .workflowExecutionTimedOutEventAttributes(let attributes): attributes.newExecutionRunID
            case .workflowExecutionCompletedEventAttributes(let attributes): attributes.newExecutionRunID
            default: ""
            }
        return id.isEmpty ? nil : id
    }
}

extension Scenario: CustomTestStringConvertible {
    var testDescription: String { name }
}

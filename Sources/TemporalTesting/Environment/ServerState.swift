import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// The whole server as a value: calls go in, answers come out, and time passes only when everything that can be done now is done.
///
/// It hands out one task at a time and waits for the answer, so what happens does not depend on how fast anything runs. And it does
/// anything at all only while someone waits for something, so that a test's calls are in history before the worker gets a task.
struct ServerState {
    enum Output {
        case answer(call: UInt64, any Message & Sendable)
        case refuse(call: UInt64, TemporalRPCError)
    }

    struct Poller {
        let call: UInt64
        let queue: String
        let isForActivities: Bool
        let instanceKey: String
    }

    struct Question {
        let call: UInt64
        let runID: String
        let query: Temporal_Api_Query_V1_WorkflowQuery
    }

    /// Work for a worker, in the order in which it came up.
    enum ReadyTask {
        case workflow(runID: String)
        case activity(runID: String, scheduledID: Int64)
        case query(Question)
    }

    let startTime: Int64
    let pageSize: Int
    /// Virtual time since the environment was made.
    var now = Duration.zero
    var agenda = Agenda()
    var runs: [String: ServerRun] = [:]
    /// In the order in which they began.
    var runOrder: [String] = []
    /// The latest run of each workflow id.
    var latestRuns: [String: String] = [:]
    var requestIDs: [String: String] = [:]
    var faults: FaultSource
    var ids: SeededGenerator
    var activityDurations: [String: Duration] = [:]
    /// How long activities wait for a worker.
    var activityWaits: [String: Duration] = [:]
    /// Attempts of activities that will be lost with their worker.
    var lostAttempts: [String: Int] = [:]
    var ready: [ReadyTask] = []
    /// The task that goes out next.
    var picked: ReadyTask?
    /// Tokens of what workers have, and everything waits for.
    var inHand: Set<Data> = []
    /// Tokens of activities that heartbeat: only time waits for them, since they may wait for something to happen.
    var longRunning: Set<Data> = []
    var pollers: [Poller] = []
    var endedWorkers: Set<String> = []
    var questions: [Question] = []
    /// Those among the ready tasks.
    var pendingQuestions = 0
    var askedQuestions: [Data: Question] = [:]
    /// Calls that wait for a run to close, for the moment when nothing more can be done now, and for a time.
    var closeWaiters: [(call: UInt64, runID: String)] = []
    var updateWaiters: [UpdateWaiter] = []
    var settleWaiters: [UInt64] = []
    var sleepers: Set<UInt64> = []
    var outputs: [Output] = []
    /// Counts everything that happens.
    private(set) var progress = 0

    init(seed: UInt64, faults: TestFaults, startTime: Int64, pageSize: Int) {
        self.startTime = startTime
        self.pageSize = pageSize
        self.faults = FaultSource(faults, seed: seed)
        ids = SeededGenerator(seed: seed)
    }

    var timestamp: Google_Protobuf_Timestamp {
        let time = now.components
        return .init(seconds: startTime + time.seconds, nanos: Int32(time.attoseconds / 1_000_000_000))
    }

    /// True when someone waits for a run that will never close unless someone does something about it.
    var isStuck: Bool {
        !(closeWaiters.isEmpty && updateWaiters.isEmpty) && inHand.isEmpty && longRunning.isEmpty && ready.isEmpty
            && picked == nil
            && agenda.next == nil
    }

    mutating func takeOutputs() -> [Output] {
        defer { outputs = [] }
        return outputs
    }

    mutating func answer(_ call: UInt64, _ message: any Message & Sendable) {
        outputs.append(.answer(call: call, message))
    }

    /// Does all that can be done for those who wait.
    mutating func pump() {
        progress += 1
        while step() { progress += 1 }
    }

    private mutating func step() -> Bool {
        guard inHand.isEmpty, isWanted else { return false }
        while let next = agenda.next, isStale(next.occurrence) { agenda.takeNext() }
        if let next = agenda.next, next.time <= now {
            agenda.takeNext()
            handle(next.occurrence)
            return true
        }
        if picked != nil || !ready.isEmpty { return dispatch() }
        if !questions.isEmpty {
            pendingQuestions += 1
            ready.append(.query(questions.removeFirst()))
            return true
        }
        if !settleWaiters.isEmpty {
            for call in settleWaiters { answer(call, Google_Protobuf_Empty()) }
            settleWaiters = []
            return true
        }
        guard longRunning.isEmpty, !closeWaiters.isEmpty || !updateWaiters.isEmpty || !sleepers.isEmpty,
            let next = agenda.next
        else {
            return false
        }
        now = next.time
        return true
    }

    /// True while someone waits for something.
    var isWanted: Bool {
        !(closeWaiters.isEmpty && updateWaiters.isEmpty && settleWaiters.isEmpty && sleepers.isEmpty
            && questions.isEmpty
            && askedQuestions.isEmpty && pendingQuestions == 0)
    }

    /// Lets time pass while a worker is at work.
    mutating func elapse(_ duration: Duration) {
        let end = now + duration
        while let next = agenda.next, next.time <= end {
            now = max(now, next.time)
            agenda.takeNext()
            if !isStale(next.occurrence) { handle(next.occurrence) }
        }
        now = end
    }

    /// Changes a run, and carries out what follows from that.
    @discardableResult
    mutating func update<Result>(_ runID: String, _ body: (inout ServerRun) -> Result) -> Result? {
        guard var run = runs.removeValue(forKey: runID) else { return nil }
        run.time = timestamp
        run.elapsed = now
        let result = body(&run)
        let effects = run.effects
        run.effects = []
        runs[runID] = run
        for effect in effects { carryOut(effect, of: runID) }
        return result
    }

    private mutating func carryOut(_ effect: ServerRun.Effect, of runID: String) {
        switch effect {
        case .taskScheduled: ready.append(.workflow(runID: runID))
        case .after(let delay, let occurrence): agenda.note(occurrence, at: now + delay)
        case .activityReady(let scheduledID): offer(runID, scheduledID)
        case .closed(let close): settle(runID, close)
        case .updateChanged(let id): noteUpdate(id, of: runID)
        }
    }

    /// Gives up on a call whose caller does not wait any more.
    mutating func forget(_ call: UInt64) {
        pollers.removeAll { $0.call == call }
        closeWaiters.removeAll { $0.call == call }
        updateWaiters.removeAll { $0.call == call }
        settleWaiters.removeAll { $0 == call }
        sleepers.remove(call)
        questions.removeAll { $0.call == call }
    }
}

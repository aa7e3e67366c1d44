import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import TemporalAPI

/// Runs the local activities of a worker: in slots of their own, with their retries, until they end, are cancelled, or nobody wants them.
package final class LocalActivityRunner: Sendable {
    private struct Key: Hashable {
        var runID: String
        var sequence: Int
    }

    private struct Running {
        let runID: String
        let number: UInt64
        let cancellation: ActivityCancellation
        /// Nil while the run is not in memory.
        var inbox: LocalActivityInbox?
        /// True once a workflow task was answered while this was running.
        var outlivedTask = false
        /// Attempts that failed since the last answer.
        var failedAttempts = 0
    }

    private struct State {
        var running: [Key: Running] = [:]
        /// What ended while its run was not in memory.
        var ended: [Key: LocalActivityResolution] = [:]
        /// Counts, for each run, how often it left memory.
        var departures: [String: UInt64] = [:]
        var started: UInt64 = 0
        var isEnding = false
        var ending: Task<Void, any Error>?
    }

    /// A run without a cache comes back with its next task, which is forced. One that does not is somewhere else, or closed.
    private static let returnLimit: Duration = .seconds(60)

    private let activities: Activities
    private let slots: Slots
    private let converter: DataConverter
    private let logger: Logger
    private let metrics: SDKMetrics
    private let state = Mutex(State())

    /// True once everything was ended: nothing starts any more.
    var isEnding: Bool { state.withLock { $0.isEnding } }

    init(
        activities: Activities, slots: Int, converter: DataConverter, logger: Logger, metrics: SDKMetrics = .none
    ) {
        self.activities = activities
        self.slots = Slots(count: slots, onChange: metrics.gauge("LocalActivityWorker", count: slots))
        self.metrics = metrics
        self.converter = converter
        self.logger = logger
    }

    /// Starts an activity, unless it is running already: a run that is rebuilt asks again for what it asked for before.
    func start(_ request: LocalActivityRequest, for inbox: LocalActivityInbox) {
        let key = Key(runID: inbox.runID, sequence: request.sequence)
        let isEnding = state.withLock { state in
            guard !state.isEnding else { return true }
            if let resolution = state.ended.removeValue(forKey: key) {
                inbox.deliver(resolution)
                return false
            }
            if state.running[key] != nil {
                state.running[key]?.inbox = inbox
                return false
            }
            state.started += 1
            let number = state.started
            let cancellation = ActivityCancellation()
            let call = LocalActivityCall(
                request: request, origin: inbox, cancellation: cancellation, activities: activities, slots: slots,
                converter: converter, logger: logger, metrics: metrics, onRetry: { self.noteRetry(key, number) })
            let task = Task { self.finish(key, number, await call.run()) }
            cancellation.whenCancelled { task.cancel() }
            state.running[key] = Running(runID: inbox.runID, number: number, cancellation: cancellation, inbox: inbox)
            return false
        }
        if isEnding { inbox.close() }
    }

    /// Cancels an activity; what comes of that is delivered.
    func cancel(_ sequence: Int, for inbox: LocalActivityInbox) {
        state.withLock { $0.running[.init(runID: inbox.runID, sequence: sequence)]?.cancellation }?
            .cancel(.cancelRequested)
    }

    /// Cancels the activities whose ends would go to `inbox`; nobody wants to know what comes of them.
    func drop(_ inbox: LocalActivityInbox) { drop { $0.inbox === inbox } }

    /// Keeps the activities of a run that leaves memory, and what has come of them, until the run is back and asks for them again.
    func leave(_ inbox: LocalActivityInbox) {
        let runID = inbox.runID
        let departure: UInt64? = state.withLock { state in
            for resolution in inbox.takeAll() {
                state.ended[.init(runID: runID, sequence: resolution.sequence)] = resolution
            }
            for key in state.running.keys where state.running[key]?.inbox === inbox { state.running[key]?.inbox = nil }
            guard
                state.running.keys.contains(where: { $0.runID == runID })
                    || state.ended.keys.contains(where: { $0.runID == runID })
            else { return nil }
            state.departures[runID, default: 0] += 1
            return state.departures[runID]
        }
        guard let departure else { return }
        Task { [weak self] in
            try await Task.sleep(for: Self.returnLimit)
            self?.forget(runID, since: departure)
        }
    }

    private func forget(_ runID: String, since departure: UInt64) {
        let isGone = state.withLock { state in
            guard state.departures[runID] == departure else { return false }
            state.departures[runID] = nil
            state.ended = state.ended.filter { $0.key.runID != runID }
            return true
        }
        if isGone { drop { $0.inbox == nil && $0.runID == runID } }
    }

    /// Ends everything, now or after a while. Whoever waits is told that there is nothing more to wait for.
    func end(after delay: Duration) {
        let ending = Task {
            try await Task.sleep(for: delay)
            end()
        }
        state.withLock { $0.ending = ending }
    }

    func end() {
        let ending = state.withLock { state in
            state.isEnding = true
            return state.ending
        }
        ending?.cancel()
        for inbox in drop(as: .workerShutdown, where: { _ in true }) { inbox.close() }
    }

    /// Attempts that failed, in activities of a run that go on for more than one workflow task, since the last was answered.
    func laterAttempts(of runID: String) -> Int {
        state.withLock { state in
            state.running.filter { $0.key.runID == runID && $0.value.outlivedTask }
                .reduce(0) { $0 + $1.value.failedAttempts }
        }
    }

    /// A workflow task of the run was answered.
    func noteTaskReported(of runID: String) {
        state.withLock { state in
            for key in state.running.keys where key.runID == runID {
                state.running[key]?.outlivedTask = true
                state.running[key]?.failedAttempts = 0
            }
        }
    }

    @discardableResult
    private func drop(
        as reason: ActivityCancellationReason = .gone, where isDropped: (Running) -> Bool
    ) -> [LocalActivityInbox] {
        let dropped = state.withLock { state in
            let dropped = state.running.filter { isDropped($0.value) }
            for key in dropped.keys { state.running[key] = nil }
            return Array(dropped.values)
        }
        for running in dropped { running.cancellation.cancel(reason) }
        return dropped.compactMap(\.inbox)
    }

    private func noteRetry(_ key: Key, _ number: UInt64) {
        state.withLock { state in
            if state.running[key]?.number == number { state.running[key]?.failedAttempts += 1 }
        }
    }

    private func finish(_ key: Key, _ number: UInt64, _ resolution: LocalActivityResolution) {
        state.withLock { state in
            guard state.running[key]?.number == number, let running = state.running.removeValue(forKey: key) else {
                return
            }
            // Under the lock: a run that leaves at this moment takes along what is in its inbox, and comes back for nothing else.
            if let inbox = running.inbox { inbox.deliver(resolution) } else { state.ended[key] = resolution }
        }
    }
}

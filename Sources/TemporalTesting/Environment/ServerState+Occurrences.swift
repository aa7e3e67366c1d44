import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What happens by itself when its time has come.
extension ServerState {
    /// True for what has lost its object meanwhile; time does not jump for it.
    func isStale(_ occurrence: Occurrence) -> Bool {
        switch occurrence {
        case .firstTask(let runID), .taskRetry(let runID), .runExpires(let runID): runs[runID]?.isOpen != true
        case .timerFires(let runID, let startedID): runs[runID]?.timers[startedID] == nil
        case .activityIsDue(let runID, let scheduledID, let attempt),
            .activityIsNotTaken(let runID, let scheduledID, let attempt),
            .activityEnds(let runID, let scheduledID, let attempt, _):
            runs[runID]?.activities[scheduledID]?.attempt != attempt
        case .activityExpires(let runID, let scheduledID): runs[runID]?.activities[scheduledID] == nil
        case .childStarts(let runID, _), .externalSignal(let runID, _), .externalCancel(let runID, _):
            // Carried out even though the run closed in the same task.
            runs[runID] == nil
        case .childCloses(let runID, _, _): runs[runID]?.isOpen != true
        // Whom it is for may only come to be.
        case .signal, .cancelRequest, .update: false
        case .wake(let call): !sleepers.contains(call)
        }
    }

    mutating func handle(_ occurrence: Occurrence) {
        switch occurrence {
        case .firstTask(let runID): update(runID) { $0.endFirstTaskDelay() }
        case .taskRetry(let runID): update(runID) { $0.scheduleTask() }
        case .timerFires(let runID, let startedID): update(runID) { $0.fireTimer(startedID: startedID) }
        case .activityIsDue(let runID, let scheduledID, _):
            ready.append(.activity(runID: runID, scheduledID: scheduledID))
        case .activityIsNotTaken(let runID, let scheduledID, _):
            end(
                runID, scheduledID, .failed(.timeout(.scheduleToStart, "activity ScheduleToStart timeout")))
        case .activityEnds(let runID, let scheduledID, _, let outcome): end(runID, scheduledID, outcome)
        case .activityExpires(let runID, let scheduledID):
            let failure = Failure.timeout(.scheduleToClose, "activity ScheduleToClose timeout")
            update(runID) { $0.endActivity(scheduledID, .failed(failure), .timeout) }
        case .runExpires(let runID): update(runID) { $0.timeOut() }
        case .childStarts(let runID, let initiatedID): startChild(of: runID, initiatedID)
        case .externalSignal(let runID, let initiatedID): deliverSignal(of: runID, initiatedID)
        case .externalCancel(let runID, let initiatedID): deliverCancel(of: runID, initiatedID)
        case .childCloses(let parentRunID, let initiatedID, let close):
            update(parentRunID) { $0.noteChildClosed(initiatedID, close) }
        case .signal(let workflowID, let name, let input):
            guard let runID = openRun(of: workflowID) else { return }
            update(runID) { $0.signal(name: name, input: input, identity: TestServer.identity) }
        case .cancelRequest(let workflowID):
            guard let runID = openRun(of: workflowID) else { return }
            update(runID) { $0.requestCancel(reason: "", identity: TestServer.identity) }
        case .update(let workflowID, let request, let body):
            guard let runID = openRun(of: workflowID) else { return }
            update(runID) { $0.admit(request, body) }
        case .wake(let call):
            sleepers.remove(call)
            answer(call, Google_Protobuf_Empty())
        }
    }

    /// Ends an attempt of an activity: for good, or until the next attempt.
    mutating func end(_ runID: String, _ scheduledID: Int64, _ outcome: ActivityOutcome) {
        guard let activity = runs[runID]?.activities[scheduledID] else { return }
        guard case .failed(let failure) = outcome else {
            update(runID) { $0.endActivity(scheduledID, outcome, .unspecified) }
            return
        }
        switch activity.decision(after: failure, now: now) {
        case .end(let state): update(runID) { $0.endActivity(scheduledID, outcome, state) }
        case .retry(let delay):
            update(runID) { run in
                run.activities[scheduledID]?.attempt += 1
                run.activities[scheduledID]?.isStarted = false
                run.activities[scheduledID]?.lastFailure = failure
            }
            offer(runID, scheduledID, after: delay)
        }
    }

    func openRun(of workflowID: String) -> String? {
        latestRuns[workflowID].flatMap { runs[$0]?.isOpen == true ? $0 : nil }
    }

    /// Tells those who wait that a run has closed, and does what its policies say about others.
    mutating func settle(_ runID: String, _ close: RunClose) {
        for waiter in closeWaiters where waiter.runID == runID { answer(waiter.call, closeEvent(of: runID)) }
        closeWaiters.removeAll { $0.runID == runID }
        // Nobody waits for what its activities still do.
        let prefix = "a|\(runID)|"
        inHand = inHand.filter { !String(decoding: $0, as: UTF8.self).hasPrefix(prefix) }
        longRunning = longRunning.filter { !String(decoding: $0, as: UTF8.self).hasPrefix(prefix) }
        guard let run = runs[runID] else { return }
        if close.newRunID.isEmpty {
            if let parent = run.parent {
                agenda.note(
                    .childCloses(parentRunID: parent.runID, initiatedID: parent.initiatedID, close), at: now)
            }
        } else {
            startSuccessor(of: run, close)
        }
        for (_, child) in run.children.sorted(by: { $0.key < $1.key }) where !child.runID.isEmpty {
            guard let childRunID = openRun(of: child.attributes.workflowID) else { continue }
            switch child.attributes.parentClosePolicy {
            case .terminate: update(childRunID) { $0.terminate(reason: "by parent close policy", identity: "") }
            case .requestCancel:
                update(childRunID) { $0.requestCancel(reason: "by parent close policy", identity: "") }
            default: break
            }
        }
    }
}

extension Failure {
    static func timeout(_ type: TimeoutType, _ message: String) -> Failure {
        .with {
            $0.message = message
            $0.source = "Server"
            $0.timeoutFailureInfo.timeoutType = type
        }
    }
}

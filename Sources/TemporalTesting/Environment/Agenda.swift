import SwiftProtobuf
import Temporal
import TemporalAPI

/// What will happen in virtual time, in order; what is due at the same time happens in the order in which it was noted.
struct Agenda {
    private struct Entry {
        let time: Duration
        let occurrence: Occurrence
    }

    /// Latest first, so that taking the next is cheap.
    private var entries: [Entry] = []

    var next: (time: Duration, occurrence: Occurrence)? { entries.last.map { ($0.time, $0.occurrence) } }

    mutating func note(_ occurrence: Occurrence, at time: Duration) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].time > time { low = middle + 1 } else { high = middle }
        }
        entries.insert(Entry(time: time, occurrence: occurrence), at: low)
    }

    @discardableResult
    mutating func takeNext() -> Occurrence? { entries.popLast()?.occurrence }
}

/// Something that happens at a time of its own, without anyone calling.
enum Occurrence {
    case firstTask(runID: String)
    case taskRetry(runID: String)
    case timerFires(runID: String, startedID: Int64)
    case activityIsDue(runID: String, scheduledID: Int64, attempt: Int32)
    case activityEnds(runID: String, scheduledID: Int64, attempt: Int32, ActivityOutcome)
    /// No worker took it in time.
    case activityIsNotTaken(runID: String, scheduledID: Int64, attempt: Int32)
    case activityExpires(runID: String, scheduledID: Int64)
    case runExpires(runID: String)
    case childStarts(runID: String, initiatedID: Int64)
    case externalSignal(runID: String, initiatedID: Int64)
    case externalCancel(runID: String, initiatedID: Int64)
    case childCloses(parentRunID: String, initiatedID: Int64, RunClose)
    case signal(workflowID: String, name: String, input: Payloads)
    case cancelRequest(workflowID: String)
    case update(workflowID: String, Temporal_Api_Update_V1_Request, Google_Protobuf_Any)
    case wake(call: UInt64)
}

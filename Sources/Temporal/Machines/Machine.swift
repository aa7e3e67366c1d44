import SwiftProtobuf
import TemporalAPI

/// What a machine wants done.
enum MachineOutput {
    /// Send this command, in its turn.
    case command(Command)
    /// Record how a local activity ended.
    case marker(LocalActivityMarker)
    /// Send this message along with the commands, one of which names it unless it is a rejection.
    case message(ProtocolMessage)
    /// Take back the command that was not sent yet: it never was.
    case withdraw
    /// Tell the code.
    case job(Job)
    /// Ask a child to cancel, by a machine of its own.
    case cancelChild(sequence: Int, CancelExternal)
    /// The server has asked this child to cancel.
    case childCancelRequested(sequence: Int)
    /// Run an activity here.
    case startLocalActivity(LocalActivityRequest)
    case cancelLocalActivity(sequence: Int)
    /// This is how it ended; the code is told in its turn, as a replay tells it.
    case endLocalActivity(LocalActivityMarker)
    /// Let it run, but wait for it no longer.
    case abandonLocalActivity(sequence: Int)
    /// The run's time goes on within a workflow task.
    case moveClock(to: Google_Protobuf_Timestamp)
}

/// History does not fit what the code asked for.
struct Nondeterminism: Error {
    var message: String

    init(_ message: String) { self.message = message }

    init(_ machine: String, got event: HistoryEvent, in state: Any) {
        self.init("\(machine) in state \(state) cannot take event \(event.eventID), \(event.eventType)")
    }
}

/// One operation of a run, as a value: its state, and how it answers to history and to cancellation.
protocol Machine {
    /// An event that reports on this operation, the one that records its command included.
    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput]
    /// The code cancels the operation.
    mutating func cancel() -> [MachineOutput]
    /// True when no event can concern this operation any more.
    var isFinal: Bool { get }
}

extension Machine {
    /// Many operations cannot be taken back once they are asked for.
    mutating func cancel() -> [MachineOutput] { [] }
}

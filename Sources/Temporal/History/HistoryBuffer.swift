import Foundation
import TemporalAPI

/// The part of a run's history that has not been applied yet, filled page by page.
struct HistoryBuffer {
    /// A piece of history that ends with a concluded workflow task, or with the end of what is known.
    struct Piece {
        var events: [HistoryEvent]
        /// True when nothing is known beyond this piece.
        var isLast: Bool
    }

    enum Next {
        case piece(Piece)
        /// More of the history must be fetched, with this token.
        case needsPage(token: Data)
        case exhausted
    }

    private var events: [HistoryEvent] = []
    private var token = Data()
    /// Events up to this one are applied, or buffered.
    private(set) var lastBufferedID: Int64 = 0
    /// The last event of the last piece that ended with a started workflow task.
    private var lastStartedID: Int64 = 0
    /// Events that came with the task itself and are not stored yet; they end the history fetched from the server.
    private var transient: [HistoryEvent] = []
    private var startedEventID: Int64 = 0

    /// Begins a task.
    /// - Returns: false when its events leave a gap after those already applied: the run must be rebuilt from the start.
    mutating func begin(events: [HistoryEvent], token: Data, startedEventID: Int64) throws(WorkflowTaskFailure) -> Bool
    {
        self.token = token
        self.startedEventID = startedEventID
        transient = []
        if let first = events.first, first.eventID > lastBufferedID + 1 { return false }
        try append(events)
        if token.isEmpty, !events.isEmpty { try checkComplete() }
        return true
    }

    /// Begins a task whose run must be rebuilt: the whole history is to be fetched, and `events` kept for its end.
    mutating func beginFromStart(events: [HistoryEvent], startedEventID: Int64) {
        self = HistoryBuffer()
        transient = events
        self.startedEventID = startedEventID
    }

    /// Takes back the last task: its events are not part of history. Those after `startedEventID` are sent again, and the ones up to
    /// `lastEventID` among them have been applied.
    mutating func discardTask(startedEventID: Int64, lastEventID: Int64) {
        lastStartedID = startedEventID
        lastBufferedID = lastEventID
    }

    /// Adds a fetched page. An empty token marks the last one.
    mutating func add(page: [HistoryEvent], token: Data) throws(WorkflowTaskFailure) {
        if page.isEmpty, !token.isEmpty, token == self.token {
            throw .unhandled("history does not go on after event \(lastBufferedID): the same empty page came twice")
        }
        self.token = token
        try append(page)
        guard token.isEmpty else { return }
        try append(transient)
        transient = []
        try checkComplete()
    }

    private func checkComplete() throws(WorkflowTaskFailure) {
        if startedEventID > lastBufferedID {
            throw .unhandled(
                "history ended early: event \(lastBufferedID) is the last one, \(startedEventID) was announced")
        }
    }

    private mutating func append(_ page: [HistoryEvent]) throws(WorkflowTaskFailure) {
        for event in page where event.eventID > lastBufferedID {
            guard event.eventID == lastBufferedID + 1 else {
                throw .unhandled("history has a gap: event \(event.eventID) follows \(lastBufferedID)")
            }
            events.append(event)
            lastBufferedID = event.eventID
        }
    }

    /// Takes the next piece, when enough is known: one beyond it too, because the commands a piece led to are at the start of the next.
    mutating func next() -> Next {
        let isComplete = token.isEmpty
        guard !events.isEmpty else { return isComplete ? .exhausted : .needsPage(token: token) }
        guard let end = WorkflowTaskSplitter.endOfNextPiece(events, after: lastStartedID) else {
            guard isComplete else { return .needsPage(token: token) }
            defer { events = [] }
            noteStarted(events)
            return .piece(.init(events: events, isLast: true))
        }
        let rest = Array(events[(end + 1)...])
        if !isComplete {
            let following = WorkflowTaskSplitter.endOfNextPiece(rest, after: events[end].eventID)
            if following == nil { return .needsPage(token: token) }
        }
        let piece = Array(events[...end])
        events = rest
        noteStarted(piece)
        return .piece(.init(events: piece, isLast: rest.isEmpty && isComplete))
    }

    /// Events that are known but not applied: what came of the task that is about to be driven.
    var upcoming: [HistoryEvent] {
        let end = WorkflowTaskSplitter.endOfNextPiece(events, after: lastStartedID)
        return end.map { Array(events[...$0]) } ?? events
    }

    private mutating func noteStarted(_ piece: [HistoryEvent]) {
        if let started = piece.last(where: { $0.eventType == .workflowTaskStarted }) { lastStartedID = started.eventID }
    }
}

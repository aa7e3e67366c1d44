import Foundation
import TemporalAPI

/// The part of a run's history that has not been applied yet, filled page by page.
struct HistoryBuffer {
    /// A piece of history that ends with a concluded workflow task, or with the end of what is known.
    struct Piece {
        var events: ArraySlice<HistoryEvent>
        /// True when nothing is known beyond this piece.
        var isLast: Bool
    }

    enum Next {
        case piece(Piece)
        /// More of the history must be fetched, with this token.
        case needsPage(token: Data)
        case exhausted
    }

    /// Pieces are handed out as slices of this, so that a history of any length is not copied once for each of them.
    private var events: [HistoryEvent] = []
    /// Where the first event that was not handed out is.
    private var position = 0
    private var token = Data()
    /// Events up to this one are applied, or buffered.
    private(set) var lastBufferedID: Int64 = 0
    /// The last event of the last piece that ended with a started workflow task.
    private var lastStartedID: Int64 = 0
    /// Events that came with the task itself and are not stored yet; they end the history fetched from the server.
    private var transient: [HistoryEvent] = []
    private var startedEventID: Int64 = 0
    /// Where the updates have their place that the task asks for, if it asks for any.
    private var requested: Int64?

    private var pending: ArraySlice<HistoryEvent> { events[position...] }

    /// Begins a task.
    /// - Returns: false when its events leave a gap after those already applied: the run must be rebuilt from the start.
    mutating func begin(
        events: [HistoryEvent], token: Data, startedEventID: Int64, requested: Int64? = nil
    ) throws(WorkflowTaskFailure) -> Bool {
        self.token = token
        self.startedEventID = startedEventID
        self.requested = requested
        transient = []
        if let first = events.first, first.eventID > lastBufferedID + 1 { return false }
        try append(events)
        if token.isEmpty, !events.isEmpty { try checkComplete() }
        return true
    }

    /// Begins a task whose run must be rebuilt: the whole history is to be fetched, and `events` kept for its end.
    mutating func beginFromStart(events: [HistoryEvent], startedEventID: Int64, requested: Int64? = nil) {
        self = HistoryBuffer()
        transient = events
        self.startedEventID = startedEventID
        self.requested = requested
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
        if position > 0 {
            events.removeFirst(position)
            position = 0
        }
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
        guard position < events.endIndex else {
            release()
            return isComplete ? .exhausted : .needsPage(token: token)
        }
        let end = endOfNextPiece
        guard isComplete || (end.map { isFollowedByPiece($0) } ?? false) else { return .needsPage(token: token) }
        let piece = events[position...(end ?? events.endIndex - 1)]
        position = piece.endIndex
        if let started = piece.last(where: { $0.eventType == .workflowTaskStarted }) { lastStartedID = started.eventID }
        return .piece(.init(events: piece, isLast: isComplete && position == events.endIndex))
    }

    /// Events that are known but not applied: what came of the task that is about to be driven.
    var upcoming: ArraySlice<HistoryEvent> {
        endOfNextPiece.map { pending[...$0] } ?? pending
    }

    private var endOfNextPiece: Int? {
        WorkflowTaskSplitter.endOfNextPiece(pending, after: lastStartedID, requested: requested)
    }

    private func isFollowedByPiece(_ end: Int) -> Bool {
        WorkflowTaskSplitter.endOfNextPiece(
            events[(end + 1)...], after: events[end].eventID, requested: requested) != nil
    }

    /// A run may stay in memory for long; its applied history need not.
    private mutating func release() {
        events = []
        position = 0
    }
}

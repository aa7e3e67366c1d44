import TemporalAPI

/// Finds where history is to be cut: after each workflow task that some worker concluded. Code is driven once per piece, as it was when
/// the piece was made.
enum WorkflowTaskSplitter {
    /// - Parameters:
    ///   - events: contiguous events, oldest first.
    ///   - start: the started event of the last piece handed out; events up to it are skipped.
    ///   - requested: where in history the updates have their place that the task in hand asks for; nil when it asks for none.
    /// - Returns: the index of the last event of the next piece, or nil when it can't be told yet or the rest is one piece. What follows
    ///   can still move the end while fewer than the two events after it are known.
    static func endOfNextPiece(
        _ events: ArraySlice<HistoryEvent>, after start: Int64, requested: Int64? = nil
    ) -> Int? {
        var sawCommand = false
        var sawCommandOrStart = false
        var candidates: [(eventID: Int64, index: Int)] = []

        for index in events.indices {
            let event = events[index]
            guard event.eventID > start else { continue }
            if event.isCommandEvent {
                sawCommand = true
                sawCommandOrStart = true
            }
            if event.eventType == .workflowExecutionStarted { sawCommandOrStart = true }
            if event.isTerminal { return index }
            guard event.eventType == .workflowTaskStarted else { continue }
            let next = index + 1 < events.endIndex ? events[index + 1] : nil
            let nextButOne = index + 2 < events.endIndex ? events[index + 2] : nil

            if next?.voidsStartedTask == true { continue }
            candidates.append((event.eventID, index))
            if next?.eventType == .workflowTaskCompleted, let nextButOne {
                // A task without commands, followed at once by another, only kept the run alive.
                if !sawCommand, nextButOne.eventType == .workflowTaskScheduled { continue }
                // The update's handler began where its request was delivered, which is after a task that did not come to nothing.
                if case .workflowExecutionUpdateAcceptedEventAttributes(let accepted)? = nextButOne.attributes,
                    let delivered = candidates.last(where: {
                        $0.eventID < accepted.acceptedRequestSequencingEventID
                    })
                {
                    return delivered.index
                }
                return index
            }
            // As history will tell it once the update is accepted: what came before its request is told before it, as it was when the
            // task without commands was new.
            if next == nil, let requested, requested < event.eventID,
                let delivered = candidates.last(where: { $0.eventID < requested })
            {
                return delivered.index
            }
            if sawCommandOrStart { return index }
        }
        return nil
    }
}

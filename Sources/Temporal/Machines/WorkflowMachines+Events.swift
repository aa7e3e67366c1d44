import DequeModule
import SwiftProtobuf
import TemporalAPI

extension WorkflowMachines {
    /// Applies one piece of history.
    /// - Parameter upcoming: the events after it, which tell what came of the task it ends with.
    mutating func apply(_ piece: HistoryBuffer.Piece, upcoming: ArraySlice<HistoryEvent>) throws(WorkflowTaskFailure) {
        if piece.events.contains(where: { $0.eventID > lastProcessedEventID }) { localActivities.activations = 0 }
        // The task that the code is about to be driven for was completed at the beginning of what comes next.
        let completed = { (event: HistoryEvent) in event.eventType == .workflowTaskCompleted }
        for event in piece.events.filter(completed) { try note(event) }
        if let event = upcoming.first(where: completed) { try note(event) }
        let accepted = Set(upcoming.compactMap(\.acceptedUpdateID))
        var delivered: Set<String> = []
        var skipsNext = false
        for index in piece.events.indices where piece.events[index].eventID > lastProcessedEventID {
            let event = piece.events[index]
            if piece.isLast, event.eventID > previousStartedEventID, event.eventType != .workflowTaskCompleted,
                !event.isCommandEvent
            {
                isReplaying = false
            }
            if isClosed {
                throw .unhandled("event \(event.eventID), \(event.eventType), follows the end of the run")
            }
            // Of updates recorded before any worker had a say, a replay only sees those that were accepted then.
            if let request = try UpdateRequest(admittedBy: event), !isReplaying || accepted.contains(request.instanceID)
            {
                delivered.insert(request.instanceID)
                updateRequests.receive(request)
            }
            for request in updateRequests.take(before: event.eventID) { deliver(request, isNew: !isReplaying) }
            guard event.isOfKnownType || event.workerMayIgnore else {
                throw .unhandled("event \(event.eventID) is of a type this worker does not know")
            }
            let isConcluding = event.eventID == piece.events.last?.eventID
            let next = isConcluding ? nil : piece.events[index + 1]
            do {
                skipsNext = skipsNext ? false : try apply(event, isConcluding: isConcluding, next: next)
            } catch {
                throw .nondeterminism(error.message)
            }
            lastProcessedEventID = event.eventID
        }
        for event in upcoming {
            if let mark = PatchMachine.mark(in: event) {
                patches[mark.id] = .known
                jobs.append(.patch(id: mark.id))
            }
            // The request itself is not in history, but what was made of it is.
            if let id = event.acceptedUpdateID, !delivered.contains(id),
                let request = try UpdateRequest(acceptedBy: event)
            {
                deliver(request, isNew: false)
            }
            do throws(Nondeterminism) {
                if let marker = try LocalActivityMarker(event) { localActivities.resolutions.append(marker) }
            } catch {
                throw .nondeterminism(error.message)
            }
        }
        if piece.isLast {
            for request in updateRequests.take(before: .max) { deliver(request, isNew: !isReplaying) }
        }
    }

    private mutating func deliver(_ request: UpdateRequest, isNew: Bool) {
        updates += 1
        machines[.init(.update, updates)] = UpdateMachine(request)
        jobs.append(
            .update(
                .init(
                    sequence: updates, id: request.body.meta.updateID, name: request.body.input.name,
                    input: request.body.input.args, headers: request.body.input.header.fields, isNew: isNew)))
    }

    private mutating func note(_ event: HistoryEvent) throws(WorkflowTaskFailure) {
        guard case .workflowTaskCompletedEventAttributes(let completed) = event.attributes else { return }
        try metadata.apply(completed.sdkMetadata)
        if let recorded = completed.recordedBuildID { buildID = recorded }
    }

    /// - Returns: true when the event after this one is to be passed over.
    private mutating func apply(
        _ event: HistoryEvent, isConcluding: Bool, next: HistoryEvent?
    ) throws(Nondeterminism) -> Bool {
        if event.isTerminal {
            isClosed = true
            // The server ended the run while a worker had a task of it: no command led to that.
            if isTaskStarted { return false }
        }
        if event.isCommandEvent { return try match(event, next: next) }
        if let initiating = event.initiatingEventID {
            guard let key = keysByEvent[initiating], var machine = machines[key] else {
                throw Nondeterminism(
                    "event \(event.eventID), \(event.eventType), reports on event \(initiating), which no command led to"
                )
            }
            let outputs = try machine.apply(event)
            store(machine, key)
            perform(outputs, of: key)
            return false
        }
        isTaskStarted = event.eventType == .workflowTaskStarted
        switch event.attributes {
        case .workflowExecutionStartedEventAttributes(let attributes):
            now = event.eventTime
            startTime = event.eventTime
            if attributes.hasTaskQueue { taskQueue = attributes.taskQueue.name }
            inheritance = Inheritance(attributes)
            let timeout = Duration(attributes.workflowTaskTimeout)
            if timeout > .zero { taskTimeout = timeout }
            jobs.append(
                .start(.init(workflowID: workflowID, startTime: event.eventTime, attributes: attributes)))
        case .workflowTaskStartedEventAttributes(let attributes) where isConcluding:
            moveClock(to: event.eventTime)
            historySizeBytes = attributes.historySizeBytes
            suggestsContinueAsNew = attributes.suggestContinueAsNew
            continueAsNewReasons = attributes.suggestContinueAsNewReasons
            lastStartedEventID = event.eventID
            if !isReplaying { beginLiveTask() }
        case .workflowTaskFailedEventAttributes(let attributes) where attributes.cause == .resetWorkflow:
            jobs.append(.reseed(runID: attributes.newRunID))
        case .workflowExecutionSignaledEventAttributes(let attributes):
            jobs.append(
                .signal(
                    .init(
                        name: attributes.signalName, input: attributes.input, headers: attributes.header.fields,
                        eventID: event.eventID)))
        case .workflowExecutionCancelRequestedEventAttributes(let attributes):
            jobs.append(.cancelWorkflow(reason: attributes.cause))
        default: break
        }
        return false
    }

    /// Time never runs backwards, whatever the clocks of the server's hosts say.
    mutating func moveClock(to time: Google_Protobuf_Timestamp) {
        if (now.seconds, now.nanos) < (time.seconds, time.nanos) { now = time }
    }

    /// Pairs an event with the command that led to it, which must be the oldest one not paired yet.
    /// - Returns: true when the event after this one belongs to it, and is to be passed over with it.
    private mutating func match(_ event: HistoryEvent, next: HistoryEvent?) throws(Nondeterminism) -> Bool {
        if try matchLocalActivityMarker(event) { return false }
        let mark = PatchMachine.mark(in: event)
        while let head = outgoing.first, let patch = machines[head.key] as? PatchMachine {
            if let mark {
                // The marker of a patch that the code has no more, before one that it has.
                if mark.deprecated, patch.mark.id != mark.id { return next?.listsPatches ?? false }
                break
            }
            // The code passes a patched place that this run passed before the patch was there.
            outgoing.removeFirst()
            machines[head.key] = nil
            eventGroups[head.key] = nil
        }
        if let mark, outgoing.first.map({ machines[$0.key] is PatchMachine }) != true {
            guard mark.deprecated else {
                throw Nondeterminism("history has patch \"\(mark.id)\" at event \(event.eventID), the code has not")
            }
            return next?.listsPatches ?? false
        }
        guard let sent = outgoing.popFirst(), var machine = machines[sent.key] else {
            throw Nondeterminism("event \(event.eventID), \(event.eventType), has no command in the code")
        }
        let outputs = try machine.apply(event)
        if initiatingEvents[sent.key] == nil {
            initiatingEvents[sent.key] = event.eventID
            keysByEvent[event.eventID] = sent.key
        }
        store(machine, sent.key)
        perform(outputs, of: sent.key)
        return false
    }
}

extension HistoryEvent {
    /// True for the change of search attributes that goes along with a patch marker.
    fileprivate var listsPatches: Bool {
        guard case .upsertWorkflowSearchAttributesEventAttributes(let attributes) = attributes else { return false }
        return attributes.searchAttributes.indexedFields[PatchMachine.searchAttribute] != nil
    }
}

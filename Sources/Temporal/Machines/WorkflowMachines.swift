import DequeModule
import Foundation
import SwiftProtobuf
import TemporalAPI

/// All operations of one run: applies history to them, pairs the code's commands with the events they led to, and collects what
/// the code has to be told. A value: the same inputs give the same outputs.
struct WorkflowMachines {
    private struct SentCommand {
        let key: OperationKey
        var command: Command
    }

    let runID: String
    private let workflowID: String
    private let namespace: String
    private var taskQueue: String

    var machines: [OperationKey: any Machine] = [:]
    private var keysByEvent: [Int64: OperationKey] = [:]
    private var initiatingEvents: [OperationKey: Int64] = [:]
    /// Commands whose event has not been seen: to be matched in order while replaying, to be sent when live.
    private var outgoing = Deque<SentCommand>()
    /// What the code has not been told yet.
    var jobs: [Job] = []
    var localActivities = LocalActivityQueue()
    /// Operations that the code does not number.
    private var unnumbered = 0
    private var updates = 0
    private var updateRequests = UpdateInbox()
    /// Answers to requests for updates that are not sent yet.
    private var messages: [ProtocolMessage] = []

    /// A patch is known from the marker in history, and recorded once the code has asked for it.
    enum Patch { case known, recorded }
    var patches: [String: Patch] = [:]
    var metadata: SDKMetadata
    var inheritance = Inheritance()
    /// What the command that is being taken was asked for on behalf of.
    var eventGroup: EventGroup?
    /// The groups of operations that are in one: all their commands are.
    var eventGroups: [OperationKey: EventGroup] = [:]

    private(set) var isReplaying = false
    private var isTaskStarted = false
    private var previousStartedEventID: Int64 = 0
    private(set) var lastProcessedEventID: Int64 = 0
    private(set) var now = Google_Protobuf_Timestamp()
    private(set) var startTime: Google_Protobuf_Timestamp?
    private(set) var historySizeBytes: Int64 = 0
    private(set) var suggestsContinueAsNew = false
    private var continueAsNewReasons: [ContinueAsNewReason] = []
    private let ownBuildID: String
    /// Of the worker that did the task the code is being driven for.
    private var buildID = ""
    /// The started event of the last task that was applied.
    private(set) var lastStartedEventID: Int64 = 0
    /// How long the server waits for the answer to a workflow task.
    private(set) var taskTimeout = Duration.seconds(10)
    /// True once history says that the run is over.
    private(set) var isClosed = false

    init(workflowID: String, runID: String, namespace: String, taskQueue: String, options: RunOptions) {
        metadata = SDKMetadata(isEnabled: options.recordsMetadata)
        ownBuildID = options.buildID
        self.workflowID = workflowID
        self.runID = runID
        self.namespace = namespace
        self.taskQueue = taskQueue
    }

    /// Begins a task. Events up to the previous started task are known to some worker already: until then, this is a replay.
    mutating func beginTask(
        previousStartedEventID: Int64, messages: [ProtocolMessage]
    ) throws(WorkflowTaskFailure) {
        self.previousStartedEventID = previousStartedEventID
        isReplaying = previousStartedEventID > 0
        for message in messages { updateRequests.receive(try UpdateRequest(message)) }
    }

    /// Takes back the last task, which only refused updates. Its last two events, scheduled and started, never were.
    mutating func discardTask(startedEventID: Int64) {
        lastProcessedEventID -= 2
        lastStartedEventID = startedEventID
    }

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

    /// What the code has to be told now, together; nil when there is nothing.
    mutating func takeActivation() -> Activation? {
        resolveLocalActivities()
        guard !jobs.isEmpty else { return nil }
        defer {
            jobs = []
            localActivities.activations += 1
        }
        return activation(jobs)
    }

    /// An activation that only asks; to the code it always looks like a replay, so that it neither logs nor counts.
    func queryActivation(_ query: WorkflowQuery) -> Activation {
        var activation = activation([.query(query)])
        activation.isReplaying = true
        return activation
    }

    private func activation(_ jobs: [Job]) -> Activation {
        Activation(
            runID: runID, now: now, isReplaying: isReplaying, historyLength: lastProcessedEventID,
            historySizeBytes: historySizeBytes, suggestsContinueAsNew: suggestsContinueAsNew,
            continueAsNewReasons: continueAsNewReasons, buildID: isReplaying ? buildID : ownBuildID, jobs: jobs)
    }

    /// Takes what the code asked for.
    mutating func accept(_ commands: [CodeCommand]) throws(WorkflowTaskFailure) {
        // Workers without the flag dropped what the code asked for after the end.
        let keepsAll = metadata.allows(.endsLast, isReplaying: isReplaying)
        let end = keepsAll ? nil : commands.firstIndex(where: \.isClose)
        for command in commands[..<(end.map { $0 + 1 } ?? commands.endIndex)] {
            switch command {
            case .grouped(let group, let command):
                eventGroup = group
                defer { eventGroup = nil }
                try accept([command])
            case .startTimer(let sequence, let duration, let summary):
                add(
                    .init(.timer, sequence),
                    TimerMachine.start(sequence: sequence, duration: duration, summary: summary))
            case .scheduleActivity(let sequence, let schedule):
                add(
                    .init(.activity, sequence),
                    ActivityMachine.schedule(sequence: sequence, schedule, defaultTaskQueue: taskQueue))
            case .startChild(let sequence, let start):
                add(
                    .init(.child, sequence),
                    ChildWorkflowMachine.start(
                        sequence: sequence, start, defaultTaskQueue: taskQueue, namespace: namespace))
            case .scheduleLocalActivity(let sequence, let activity): schedule(sequence, activity)
            case .cancelTimer(let sequence): cancel(.init(.timer, sequence))
            case .cancelActivity(let sequence): cancel(.init(.activity, sequence))
            case .cancelChild(let sequence, let reason):
                withChild(sequence) { $0.cancel(reason: reason) }
            case .signalExternal(let sequence, let signal):
                add(
                    .init(.signalExternal, sequence),
                    SignalExternalMachine.send(sequence: sequence, signal, namespace: namespace))
            case .cancelSignalExternal(let sequence): cancel(.init(.signalExternal, sequence))
            case .cancelExternal(let sequence, var request):
                request.reason = "Cancel requested by workflow with run id \(runID) with reason: \(request.reason)"
                add(
                    .init(.cancelExternal, sequence),
                    CancelExternalMachine.request(for: .code(sequence: sequence), request, namespace: namespace))
            case .upsertSearchAttributes(let fields): upsertSearchAttributes(fields)
            case .upsertMemo(let fields): upsertMemo(fields)
            case .patch(let id, let isDeprecated): recordPatch(id: id, isDeprecated: isDeprecated)
            case .respondToUpdate(let sequence, let response): try respond(to: .init(.update, sequence), response)
            case .close(let close): self.close(close)
            }
        }
    }

    mutating func addAttributes(_ new: (AttributesMachine, Command)) { addUnnumbered(.attributes, new) }

    private mutating func close(_ close: WorkflowClose) {
        localActivities.close()
        var close = close
        if case .continueAsNew(let successor) = close {
            close = .continueAsNew(inheritance.complete(successor, taskQueue: taskQueue))
        }
        addUnnumbered(.close, CloseMachine.close(close))
    }

    mutating func addPatch(_ new: (PatchMachine, Command)) { addUnnumbered(.patch, new) }

    private mutating func addUnnumbered(
        _ kind: OperationKind, _ new: (any Machine, Command), in group: EventGroup? = nil
    ) {
        unnumbered += 1
        add(.init(kind, unnumbered), new, in: group)
    }

    private mutating func withChild(_ sequence: Int, _ change: (inout ChildWorkflowMachine) -> [MachineOutput]) {
        let key = OperationKey(.child, sequence)
        guard var machine = machines[key] as? ChildWorkflowMachine else { return }
        let outputs = change(&machine)
        store(machine, key)
        perform(outputs, of: key)
    }

    /// The commands of a completion: those history has no event of, the first that ends the run last, and no other that does.
    var commandsToSend: [Command] {
        let commands = outgoing.map(\.command)
        return commands.filter { !$0.isTerminal } + commands.filter(\.isTerminal).prefix(1)
    }

    /// True when the commands to send end the run.
    var closesRun: Bool { outgoing.contains { $0.command.isTerminal } }

    /// Answers to requests for updates, to be sent with the commands.
    mutating func takeMessages() -> [ProtocolMessage] {
        defer { messages = [] }
        return messages
    }

    private mutating func respond(
        to key: OperationKey, _ response: UpdateResponse
    ) throws(WorkflowTaskFailure) {
        guard var machine = machines[key] as? UpdateMachine else {
            throw .unhandled("request \(key.sequence) for an update is answered, but was never made")
        }
        let outputs = try machine.respond(response)
        store(machine, key)
        perform(outputs, of: key)
    }

    private mutating func add(_ key: OperationKey, _ new: (any Machine, Command), in group: EventGroup? = nil) {
        machines[key] = new.0
        eventGroups[key] = group ?? eventGroup
        enqueue(key, new.1)
    }

    /// In the order of creation, but for a command that ends the run: it is sent, and so recorded, after all others.
    private mutating func enqueue(_ key: OperationKey, _ command: Command) {
        var sent = SentCommand(key: key, command: command)
        if let group = eventGroups[key] { sent.command.eventGroupMarkers = [group.marker] }
        // Those that end the run are last, if there are any.
        guard !command.isTerminal, outgoing.last?.command.isTerminal == true else { return outgoing.append(sent) }
        let end = outgoing.firstIndex { $0.command.isTerminal }
        outgoing.insert(sent, at: end ?? outgoing.endIndex)
    }

    private mutating func cancel(_ key: OperationKey) {
        guard !cancelUnstarted(key), var machine = machines[key] else { return }
        let outputs = machine.cancel()
        store(machine, key)
        perform(outputs, of: key)
    }

    mutating func store(_ machine: any Machine, _ key: OperationKey) {
        guard machine.isFinal else {
            machines[key] = machine
            return
        }
        machines[key] = nil
        if let event = initiatingEvents.removeValue(forKey: key) { keysByEvent[event] = nil }
    }

    mutating func perform(_ outputs: [MachineOutput], of key: OperationKey) {
        for output in outputs {
            switch output {
            case .command(let command): enqueue(key, command)
            case .marker(var marker):
                marker.activationIndex = localActivities.activations
                enqueue(key, marker.command)
            // What is replayed was answered when it was new.
            case .message(let message): if !isReplaying { messages.append(message) }
            case .withdraw: outgoing.removeAll { $0.key == key }
            case .job(let job): jobs.append(job)
            case .cancelChild(let sequence, let request):
                addUnnumbered(
                    .childCancel,
                    CancelExternalMachine.request(for: .child(sequence: sequence), request, namespace: namespace),
                    in: eventGroups[key])
            case .childCancelRequested(let sequence): withChild(sequence) { $0.cancelWasRequested() }
            case .startLocalActivity(let request): localActivities.start(request)
            case .cancelLocalActivity(let sequence): localActivities.cancel(sequence)
            case .abandonLocalActivity(let sequence): localActivities.end(sequence)
            case .endLocalActivity(let marker): localActivities.resolutions.append(marker)
            case .moveClock(let time): moveClock(to: time)
            }
        }
        if machines[key] == nil { eventGroups[key] = nil }
    }
}

extension WorkflowMachines {
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
    private mutating func moveClock(to time: Google_Protobuf_Timestamp) {
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

import DequeModule
import Foundation
import SwiftProtobuf
import TemporalAPI

/// All operations of one run: applies history to them, pairs the code's commands with the events they led to, and collects what
/// the code has to be told. A value: the same inputs give the same outputs.
struct WorkflowMachines {
    private struct SentCommand {
        let key: OperationKey
        let command: Command
    }

    let runID: String
    private let workflowID: String
    private let namespace: String
    private var taskQueue: String

    private var machines: [OperationKey: any Machine] = [:]
    private var keysByEvent: [Int64: OperationKey] = [:]
    private var initiatingEvents: [OperationKey: Int64] = [:]
    /// Commands whose event has not been seen: to be matched in order while replaying, to be sent when live.
    private var outgoing = Deque<SentCommand>()
    /// What the code has not been told yet.
    private(set) var jobs: [Job] = []
    private var externalCancels = 0
    private var closes = 0
    private var patches = 0
    private var knownPatches: Set<String> = []

    private(set) var isReplaying = false
    private var previousStartedEventID: Int64 = 0
    private(set) var lastProcessedEventID: Int64 = 0
    private(set) var now = Google_Protobuf_Timestamp()
    private(set) var historySizeBytes: Int64 = 0
    private(set) var suggestsContinueAsNew = false
    /// True once history says that the run is over.
    private(set) var isClosed = false

    init(workflowID: String, runID: String, namespace: String, taskQueue: String) {
        self.workflowID = workflowID
        self.runID = runID
        self.namespace = namespace
        self.taskQueue = taskQueue
    }

    /// Begins a task. Events up to the previous started task are known to some worker already: until then, this is a replay.
    mutating func beginTask(previousStartedEventID: Int64) {
        self.previousStartedEventID = previousStartedEventID
        isReplaying = previousStartedEventID > lastProcessedEventID
    }

    /// Applies one piece of history.
    /// - Parameter upcoming: the events after it, which tell what came of the task it ends with.
    mutating func apply(_ piece: HistoryBuffer.Piece, upcoming: ArraySlice<HistoryEvent>) throws(WorkflowTaskFailure) {
        for event in piece.events where event.eventID > lastProcessedEventID {
            if piece.isLast, event.eventID > previousStartedEventID, event.eventType != .workflowTaskCompleted,
                !event.isCommandEvent
            {
                isReplaying = false
            }
            if isClosed {
                throw .unhandled("event \(event.eventID), \(event.eventType), follows the end of the run")
            }
            let isConcluding = event.eventID == piece.events.last?.eventID
            guard event.isOfKnownType || event.workerMayIgnore else {
                throw .unhandled("event \(event.eventID) is of a type this worker does not know")
            }
            do {
                if event.isOfKnownType { try apply(event, isConcluding: isConcluding) }
            } catch {
                throw .nondeterminism(error.message)
            }
            lastProcessedEventID = event.eventID
        }
        for event in upcoming {
            if let mark = PatchMachine.mark(in: event), knownPatches.insert(mark.id).inserted {
                jobs.append(.patch(id: mark.id))
            }
        }
    }

    /// What the code has to be told now, together; nil when there is nothing.
    mutating func takeActivation() -> Activation? {
        guard !jobs.isEmpty else { return nil }
        defer { jobs = [] }
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
            historySizeBytes: historySizeBytes, suggestsContinueAsNew: suggestsContinueAsNew, jobs: jobs)
    }

    /// Takes what the code asked for.
    mutating func accept(_ commands: [CodeCommand]) throws(WorkflowTaskFailure) {
        for command in commands {
            switch command {
            case .startTimer(let sequence, let duration):
                add(
                    .init(.timer, sequence),
                    TimerMachine.start(sequence: sequence, duration: duration))
            case .scheduleActivity(let sequence, let schedule):
                add(
                    .init(.activity, sequence),
                    ActivityMachine.schedule(sequence: sequence, schedule, defaultTaskQueue: taskQueue))
            case .startChild(let sequence, let start):
                add(
                    .init(.child, sequence),
                    ChildWorkflowMachine.start(
                        sequence: sequence, start, defaultTaskQueue: taskQueue, namespace: namespace))
            case .cancelTimer(let sequence): cancel(.init(.timer, sequence))
            case .cancelActivity(let sequence): cancel(.init(.activity, sequence))
            case .cancelChild(let sequence): cancel(.init(.child, sequence))
            case .patch(let id, let isDeprecated):
                patches += 1
                do {
                    add(.init(.patch, patches), try PatchMachine.record(id: id, isDeprecated: isDeprecated))
                } catch {
                    throw .unhandled("patch \"\(id)\" cannot be recorded: \(error)")
                }
            case .close(let close):
                closes += 1
                add(.init(.close, closes), CloseMachine.close(close))
            }
        }
    }

    /// The commands of a completion: those history has no event of, the first that ends the run last, and no other that does.
    var commandsToSend: [Command] {
        let commands = outgoing.map(\.command)
        return commands.filter { !$0.isTerminal } + commands.filter(\.isTerminal).prefix(1)
    }

    /// True when the commands to send end the run.
    var closesRun: Bool { outgoing.contains { $0.command.isTerminal } }

    private mutating func add(_ key: OperationKey, _ new: (any Machine, Command)) {
        machines[key] = new.0
        enqueue(.init(key: key, command: new.1))
    }

    /// In the order of creation, but for a command that ends the run: it is sent, and so recorded, after all others.
    private mutating func enqueue(_ sent: SentCommand) {
        let end = sent.command.isTerminal ? nil : outgoing.firstIndex { $0.command.isTerminal }
        outgoing.insert(sent, at: end ?? outgoing.endIndex)
    }

    private mutating func cancel(_ key: OperationKey) {
        guard var machine = machines[key] else { return }
        let outputs = machine.cancel()
        store(machine, key)
        perform(outputs, of: key)
    }

    private mutating func store(_ machine: any Machine, _ key: OperationKey) {
        guard machine.isFinal else {
            machines[key] = machine
            return
        }
        machines[key] = nil
        if let event = initiatingEvents.removeValue(forKey: key) { keysByEvent[event] = nil }
    }

    private mutating func perform(_ outputs: [MachineOutput], of key: OperationKey) {
        for output in outputs {
            switch output {
            case .command(let command): enqueue(.init(key: key, command: command))
            case .withdraw: outgoing.removeAll { $0.key == key }
            case .job(let job): jobs.append(job)
            case .cancelExternal(let workflowID, let runID):
                externalCancels += 1
                add(
                    .init(.cancelExternal, externalCancels),
                    CancelExternalMachine.request(workflowID: workflowID, runID: runID, namespace: namespace))
            }
        }
    }
}

extension WorkflowMachines {
    private mutating func apply(_ event: HistoryEvent, isConcluding: Bool) throws(Nondeterminism) {
        if event.isTerminal { isClosed = true }
        if event.isCommandEvent { return try match(event) }
        if let initiating = event.initiatingEventID {
            guard let key = keysByEvent[initiating], var machine = machines[key] else {
                throw Nondeterminism(
                    "event \(event.eventID), \(event.eventType), reports on event \(initiating), which no command led to"
                )
            }
            let outputs = try machine.apply(event)
            store(machine, key)
            return perform(outputs, of: key)
        }
        switch event.attributes {
        case .workflowExecutionStartedEventAttributes(let attributes):
            now = event.eventTime
            if attributes.hasTaskQueue { taskQueue = attributes.taskQueue.name }
            jobs.append(
                .start(.init(workflowID: workflowID, startTime: event.eventTime, attributes: attributes)))
        case .workflowTaskStartedEventAttributes(let attributes) where isConcluding:
            // Time never runs backwards, whatever the clocks of the server's hosts say.
            if (now.seconds, now.nanos) < (event.eventTime.seconds, event.eventTime.nanos) { now = event.eventTime }
            historySizeBytes = attributes.historySizeBytes
            suggestsContinueAsNew = attributes.suggestContinueAsNew
        case .workflowTaskFailedEventAttributes(let attributes) where attributes.cause == .resetWorkflow:
            jobs.append(.reseed(runID: attributes.newRunID))
        case .workflowExecutionSignaledEventAttributes(let attributes):
            jobs.append(.signal(name: attributes.signalName, input: attributes.input))
        case .workflowExecutionCancelRequestedEventAttributes(let attributes):
            jobs.append(.cancelWorkflow(reason: attributes.cause))
        default: break
        }
    }

    /// Pairs an event with the command that led to it, which must be the oldest one not paired yet.
    private mutating func match(_ event: HistoryEvent) throws(Nondeterminism) {
        let mark = PatchMachine.mark(in: event)
        while let head = outgoing.first, let patch = machines[head.key] as? PatchMachine, patch.mark.id != mark?.id {
            if let mark, mark.deprecated { return }
            // The code passes a patched place that this run passed before the patch was there.
            outgoing.removeFirst()
            machines[head.key] = nil
        }
        if let mark, outgoing.first.map({ machines[$0.key] is PatchMachine }) != true {
            guard mark.deprecated else {
                throw Nondeterminism("history has patch \"\(mark.id)\" at event \(event.eventID), the code has not")
            }
            return
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
    }
}

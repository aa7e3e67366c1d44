import DequeModule
import TemporalAPI

extension WorkflowMachines {
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

    mutating func addUnnumbered(
        _ kind: OperationKind, _ new: (any Machine, Command), in group: EventGroup? = nil
    ) {
        unnumbered += 1
        add(.init(kind, unnumbered), new, in: group)
    }

    mutating func withChild(_ sequence: Int, _ change: (inout ChildWorkflowMachine) -> [MachineOutput]) {
        let key = OperationKey(.child, sequence)
        guard var machine = machines[key] as? ChildWorkflowMachine else { return }
        let outputs = change(&machine)
        store(machine, key)
        perform(outputs, of: key)
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
    mutating func enqueue(_ key: OperationKey, _ command: Command) {
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
}

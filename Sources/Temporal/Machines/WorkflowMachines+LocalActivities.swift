import TemporalAPI

extension WorkflowMachines {
    mutating func schedule(_ sequence: Int, _ schedule: ScheduleLocalActivity) {
        let key = OperationKey(.activity, sequence)
        let (machine, outputs) = LocalActivityMachine.schedule(
            sequence: sequence, schedule, now: now, isReplaying: isReplaying)
        machines[key] = machine
        eventGroups[key] = eventGroup
        perform(outputs, of: key)
    }

    /// Takes note of an end; the code is told when its turn comes.
    mutating func note(_ resolution: LocalActivityResolution) {
        localActivities.end(resolution.sequence)
        guard let machine = machines[.init(.activity, resolution.sequence)] as? LocalActivityMachine, machine.isRunning
        else { return }
        localActivities.resolutions.append(machine.marker(of: resolution))
    }

    /// Turns the ends that are due into jobs.
    ///
    /// When a worker runs the activities, their ends come one by one after everything else, in the order of their markers; a replay, which
    /// knows them all beforehand, must not tell them in any other way. A marker that says which activation told of it is told of with that.
    mutating func resolveLocalActivities() {
        while let marker = localActivities.resolutions.first, isDue(marker),
            var machine = machines[.init(.activity, marker.sequence)] as? LocalActivityMachine
        {
            localActivities.resolutions.removeFirst()
            let outputs = machine.resolve(marker)
            let key = OperationKey(.activity, marker.sequence)
            store(machine, key)
            perform(outputs, of: key)
        }
    }

    /// Where nothing else is left to tell, there is no activation to wait for.
    private func isDue(_ marker: LocalActivityMarker) -> Bool {
        jobs.isEmpty || marker.activationIndex.map { $0 <= localActivities.activations } ?? false
    }

    /// Runs what a worker that is gone was still running, in the order in which the code asked.
    mutating func beginLiveTask() {
        let keys = machines.compactMap { ($0.value as? LocalActivityMachine)?.isAwaitingMarker == true ? $0.key : nil }
        for key in keys.sorted(by: { $0.sequence < $1.sequence }) {
            guard var machine = machines[key] as? LocalActivityMachine else { continue }
            let outputs = machine.beginLiveTask()
            store(machine, key)
            perform(outputs, of: key)
        }
    }

    /// Cancels a local activity that was asked for but not started.
    /// - Returns: false when `key` is something else.
    mutating func cancelUnstarted(_ key: OperationKey) -> Bool {
        guard var machine = machines[key] as? LocalActivityMachine, localActivities.withdraw(key.sequence) else {
            return false
        }
        let outputs = machine.cancelUnstarted()
        store(machine, key)
        perform(outputs, of: key)
        return true
    }

    /// Gives a marker to the machine that waits for it. Such a machine has no command in the queue: when the code asked for the activity,
    /// commands that came before the marker may not have been asked for yet.
    /// - Returns: false when the marker is one this run made, or `event` is something else.
    mutating func matchLocalActivityMarker(_ event: HistoryEvent) throws(Nondeterminism) -> Bool {
        guard let marker = try LocalActivityMarker(event) else { return false }
        let key = OperationKey(.activity, marker.sequence)
        guard var machine = machines[key] as? LocalActivityMachine else {
            throw Nondeterminism(
                """
                history has local activity \(marker.activityType) with id \(marker.activityID) \
                at event \(event.eventID), the code has not
                """)
        }
        guard machine.isAwaitingMarker else { return false }
        let outputs = try machine.apply(event)
        localActivities.resolutions.removeAll { $0.sequence == marker.sequence }
        store(machine, key)
        perform(outputs, of: key)
        return true
    }
}

import DequeModule
import Foundation
import SwiftProtobuf
import TemporalAPI

/// All operations of one run: applies history to them, pairs the code's commands with the events they led to, and collects what
/// the code has to be told. A value: the same inputs give the same outputs.
struct WorkflowMachines {
    struct SentCommand {
        let key: OperationKey
        var command: Command
    }

    let runID: String
    let workflowID: String
    let namespace: String
    var taskQueue: String

    var machines: [OperationKey: any Machine] = [:]
    var keysByEvent: [Int64: OperationKey] = [:]
    var initiatingEvents: [OperationKey: Int64] = [:]
    /// Commands whose event has not been seen: to be matched in order while replaying, to be sent when live.
    var outgoing = Deque<SentCommand>()
    /// What the code has not been told yet.
    var jobs: [Job] = []
    var localActivities = LocalActivityQueue()
    /// Operations that the code does not number.
    var unnumbered = 0
    var updates = 0
    var updateRequests = UpdateInbox()
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

    var isReplaying = false
    var isTaskStarted = false
    var previousStartedEventID: Int64 = 0
    var lastProcessedEventID: Int64 = 0
    var now = Google_Protobuf_Timestamp()
    var startTime: Google_Protobuf_Timestamp?
    var historySizeBytes: Int64 = 0
    var suggestsContinueAsNew = false
    var continueAsNewReasons: [ContinueAsNewReason] = []
    private let ownBuildID: String
    /// Of the worker that did the task the code is being driven for.
    var buildID = ""
    /// The started event of the last task that was applied.
    var lastStartedEventID: Int64 = 0
    /// How long the server waits for the answer to a workflow task.
    var taskTimeout = Duration.seconds(10)
    /// True once history says that the run is over.
    var isClosed = false

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

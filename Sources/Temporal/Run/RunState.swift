package import Foundation
package import SwiftProtobuf
package import TemporalAPI

/// What a run can be told.
package enum RunInput {
    case task(WorkflowTask)
    /// What the code did with the last activation.
    case code(CodeOutput)
    /// A page of history that was asked for; an empty token marks the last.
    case page([HistoryEvent], nextPageToken: Data)
    case pageFailed(String)
    /// The server forgot the task that was just completed, which only refused updates: history goes on from this started event.
    case discarded(startedEventID: Int64)
    /// A local activity ended. Told when no task is in hand, it waits for the next.
    case localActivityResolved(LocalActivityResolution)
    /// The task in hand has been waiting for local activities for as long as it may.
    case heartbeatDue
}

/// What a run wants done.
package enum RunOutput {
    /// Drive the code, and hand in what it did.
    case activate(Activation)
    /// Fetch a page of history, and hand it in. An empty token asks for the first.
    case fetchHistory(token: Data)
    /// The code starts anew: what it was is of no use.
    case resetCode
    case complete(Completion)
    case fail(WorkflowTaskFailure, token: Data)
    case answerQuery(QueryAnswer, token: Data)
    /// History ended in the middle of a replay: nothing is to be sent. The code asked for these, of which history has no event.
    case replayed(unmatched: [Command])
    /// Nothing is to be sent for this task; the server's time-out hands it out again.
    case abandon(WorkflowTaskFailure?)
    case startLocalActivity(LocalActivityRequest)
    case cancelLocalActivity(sequence: Int)
    /// None of the run's local activities matters any more.
    case cancelLocalActivities
    /// Answer nothing yet: hand in what becomes of the local activities, and the heartbeat once the task is as old as this.
    case awaitLocalActivities(heartbeatAfter: Duration)
}

/// An answer to a workflow task.
package struct Completion {
    package var token: Data
    package var commands: [Command]
    /// Answers to requests for updates.
    package var messages: [ProtocolMessage]
    package var answers: [QueryAnswer]
    /// True when the commands end the run.
    package var closesRun: Bool
    /// What the server is to keep of the SDK; nil where it keeps nothing.
    package var metadata: Temporal_Api_Sdk_V1_WorkflowTaskCompletedMetadata?
    /// True when the run needs another task at once, because local activities are still running or have just ended.
    package var forcesNewTask: Bool
    /// When the run started.
    package var startTime: Google_Protobuf_Timestamp?
}

/// One run of a workflow, as a value: what it is told, and what it wants done about that. It neither waits nor calls anything, so a test
/// can play any course of events to it.
///
/// Exactly one task is being worked on between `.task` and one of the outputs that answer it.
package struct RunState {
    private let workflowID: String
    private let runID: String
    private let namespace: String
    private let taskQueue: String
    private let options: RunOptions
    private var machines: WorkflowMachines
    private var history = HistoryBuffer()
    private var task: WorkflowTask?
    /// The task in hand, while a query that came meanwhile is being answered.
    private var heldTask: WorkflowTask?
    private var isAwaitingLocalActivities = false
    /// True once the task in hand is not to wait for local activities any longer.
    private var isHeartbeatDue = false
    /// Ends of local activities that the task in hand has not come to yet; without one, the next task.
    private var resolutions: [LocalActivityResolution] = []
    private var answers: [QueryAnswer] = []
    private var openQueries: [WorkflowQuery] = []
    private var hasStarted = false
    /// After this, the run is of no use any more: it must be dropped and rebuilt from history.
    package private(set) var isBroken = false

    package init(
        workflowID: String, runID: String, namespace: String, taskQueue: String, options: RunOptions = .init()
    ) {
        self.options = options
        self.workflowID = workflowID
        self.runID = runID
        self.namespace = namespace
        self.taskQueue = taskQueue
        machines = WorkflowMachines(
            workflowID: workflowID, runID: runID, namespace: namespace, taskQueue: taskQueue, options: options)
    }

    /// True once history says that the run is over.
    package var isClosed: Bool { machines.isClosed }

    package mutating func apply(_ input: RunInput) -> [RunOutput] {
        do throws(WorkflowTaskFailure) {
            switch input {
            case .page(let events, let token):
                try history.add(page: events, token: token)
                return try advance()
            case .pageFailed(let reason): return try pageFailed(reason)
            case .code(.commands(let commands)):
                try machines.accept(commands)
                return try advance()
            case .code(.answer(let answer)):
                if answer.breaksRun { isBroken = true }
                return try record(answer)
            case .localActivityResolved(let resolution):
                resolutions.append(resolution)
                return try resume()
            case .heartbeatDue:
                guard isAwaitingLocalActivities else { return [] }
                isAwaitingLocalActivities = false
                isHeartbeatDue = true
                return finish()
            case .task(let query) where isAwaitingLocalActivities && query.query != nil && query.events.isEmpty:
                return interrupt(with: query)
            case .code(.failed(let failure)): throw failure
            case .discarded(let startedEventID):
                machines.discardTask(startedEventID: startedEventID)
                history.discardTask(startedEventID: startedEventID, lastEventID: machines.lastProcessedEventID)
                return []
            case .task(let task): return try begin(task)
            }
        } catch {
            return fail(error)
        }
    }

    private mutating func pageFailed(_ reason: String) throws(WorkflowTaskFailure) -> [RunOutput] {
        let failure = WorkflowTaskFailure.unhandled("history could not be fetched: \(reason)")
        guard task?.query != nil else { throw failure }
        // Another worker may have more luck with the question: it is asked again when it times out here.
        isBroken = true
        return end([.abandon(failure)])
    }

    private mutating func begin(_ task: WorkflowTask) throws(WorkflowTaskFailure) -> [RunOutput] {
        self.task = task
        openQueries = task.queries
        answers = []
        // A question that brings history along drives the code without a workflow task; such a run must not go on from there.
        if task.query != nil, !(task.events.isEmpty && hasStarted) { isBroken = true }
        if task.events.isEmpty, task.query == nil, task.queries.isEmpty {
            throw .unhandled("the task brings neither events nor a query")
        }
        if let query = task.query, task.events.isEmpty, hasStarted,
            task.previousStartedEventID < machines.lastStartedEventID
        {
            // It asks about a state that this run has left behind.
            let expired = FailureConverter().failure(from: ApplicationFailure("Query expired", type: "QueryExpired"))
            return try record(.init(query: query, result: .failure(FailureError(failure: expired))))
        }
        if task.isFromStart, hasStarted { return try rebuild(task) }
        if task.events.isEmpty, hasStarted { return try task.query == nil ? advance() : finish() }
        try beginMachines(task)
        guard try fill(from: task), !task.events.isEmpty else { return try refetch(task) }
        hasStarted = true
        return try advance()
    }

    /// The server sent the whole history of a run we have: what we have is not what the server has.
    private mutating func rebuild(_ task: WorkflowTask) throws(WorkflowTaskFailure) -> [RunOutput] {
        try reset(task)
        _ = try fill(from: task)
        return [.resetCode] + (try advance())
    }

    private mutating func fill(from task: WorkflowTask) throws(WorkflowTaskFailure) -> Bool {
        try history.begin(
            events: task.events, token: task.nextPageToken, startedEventID: task.startedEventID,
            requested: task.requestedAfter)
    }

    /// The task continues from events we do not have.
    private mutating func refetch(_ task: WorkflowTask) throws(WorkflowTaskFailure) -> [RunOutput] {
        let hadCode = hasStarted
        try reset(task)
        history.beginFromStart(
            events: task.events, startedEventID: task.startedEventID, requested: task.requestedAfter)
        return (hadCode ? [.resetCode] : []) + [.fetchHistory(token: Data())]
    }

    private mutating func reset(_ task: WorkflowTask) throws(WorkflowTaskFailure) {
        machines = WorkflowMachines(
            workflowID: workflowID, runID: runID, namespace: namespace, taskQueue: taskQueue, options: options)
        try beginMachines(task)
        history = HistoryBuffer()
        hasStarted = true
    }

    private mutating func beginMachines(_ task: WorkflowTask) throws(WorkflowTaskFailure) {
        // To answer a question, all is replay: nothing that is done for it may look as if it happened now.
        let previous = task.query == nil ? task.previousStartedEventID : .max
        try machines.beginTask(previousStartedEventID: previous, messages: task.messages)
    }

    /// Goes on until the code, the server or the caller has to do something.
    private mutating func advance() throws(WorkflowTaskFailure) -> [RunOutput] {
        while true {
            // What operations answer at once comes before any more history: that is how it was when history was made.
            if let activation = machines.takeActivation() { return [.activate(activation)] }
            switch history.next() {
            case .needsPage(let token): return [.fetchHistory(token: token)]
            case .piece(let piece): try machines.apply(piece, upcoming: history.upcoming)
            case .exhausted:
                // After all that came with the task, as a replay tells it.
                guard task?.query == nil, !resolutions.isEmpty else { return finish() }
                for resolution in resolutions { machines.note(resolution) }
                resolutions = []
            }
        }
    }

    private mutating func finish() -> [RunOutput] {
        guard let task else { return [] }
        if let query = task.query { return [.activate(machines.queryActivation(query))] }
        let outputs = machines.isClosed ? [] : machines.localActivities.takeOutputs()
        if machines.localActivities.isAwaited, !isHeartbeatDue, !machines.isClosed {
            isAwaitingLocalActivities = true
            return outputs + [.awaitLocalActivities(heartbeatAfter: machines.taskTimeout * 0.8)]
        }
        // Queries ask about what all of the task has come to, the ends of its local activities included.
        if let query = openQueries.first { return outputs + [.activate(machines.queryActivation(query))] }
        if machines.isClosed { return end([.abandon(nil)]) }
        // No task is open to be completed; answers are wanted all the same.
        if machines.isReplaying, answers.isEmpty { return end([.replayed(unmatched: machines.commandsToSend)]) }
        return outputs + complete(forcingNewTask: isHeartbeatDue)
    }

    private mutating func complete(forcingNewTask: Bool) -> [RunOutput] {
        guard let task else { return [] }
        let completion = Completion(
            token: task.token, commands: machines.commandsToSend, messages: machines.takeMessages(), answers: answers,
            closesRun: machines.closesRun, metadata: machines.metadata.forCompletion(), forcesNewTask: forcingNewTask,
            startTime: machines.startTime)
        return end([.complete(completion)])
    }

    /// Goes on with the task in hand, if what it waits for has come.
    private mutating func resume() throws(WorkflowTaskFailure) -> [RunOutput] {
        guard isAwaitingLocalActivities, !resolutions.isEmpty else { return [] }
        // A query has spoilt the run meanwhile: the code as history will rebuild it is told of what has come.
        if isBroken { return complete(forcingNewTask: true) }
        isAwaitingLocalActivities = false
        return try advance()
    }

    /// Answers a query while the task in hand waits for local activities.
    private mutating func interrupt(with query: WorkflowTask) -> [RunOutput] {
        heldTask = task
        task = query
        isAwaitingLocalActivities = false
        return finish()
    }

    private mutating func record(_ answer: QueryAnswer) throws(WorkflowTaskFailure) -> [RunOutput] {
        guard let task else { return [] }
        if task.query != nil {
            let outputs = end([.answerQuery(answer, token: task.token)])
            guard let heldTask else { return outputs }
            self.task = heldTask
            self.heldTask = nil
            isAwaitingLocalActivities = true
            return outputs + (try resume())
        }
        answers.append(answer)
        openQueries.removeFirst()
        return finish()
    }

    private mutating func fail(_ failure: WorkflowTaskFailure) -> [RunOutput] {
        isBroken = true
        guard let task else { return [] }
        if let query = task.query {
            let error = FailureError(failure: failure.failure)
            return end([.answerQuery(.init(query: query, result: .failure(error)), token: task.token)])
        }
        if failure.cause == .nonDeterministicError, options.nondeterminismFailsWorkflow {
            return end([.complete(failing(failure, task))])
        }
        // From the second attempt on the server's own time-out spaces the attempts; reporting would only make them faster.
        let outputs: [RunOutput] = task.attempt <= 1 ? [.fail(failure, token: task.token)] : [.abandon(failure)]
        return end(machines.localActivities.hasStarted ? [.cancelLocalActivities] + outputs : outputs)
    }

    private mutating func failing(_ failure: WorkflowTaskFailure, _ task: WorkflowTask) -> Completion {
        var cause = failure.failure
        cause.applicationFailureInfo.type = "NondeterminismError"
        let close = CloseMachine.close(.fail(options.failureConverter.prepared(cause))).1
        return Completion(
            token: task.token, commands: [close], messages: [], answers: [], closesRun: true,
            metadata: machines.metadata.forCompletion(), forcesNewTask: false, startTime: machines.startTime)
    }

    private mutating func end(_ outputs: [RunOutput]) -> [RunOutput] {
        task = nil
        isAwaitingLocalActivities = false
        isHeartbeatDue = false
        return outputs
    }
}

package import Foundation
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
    /// Nothing is to be sent for this task; the server's time-out hands it out again.
    case abandon(WorkflowTaskFailure?)
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
            case .task(let task): return try begin(task)
            case .page(let events, let token):
                try history.add(page: events, token: token)
                return try advance()
            case .pageFailed(let reason): return try pageFailed(reason)
            case .code(.commands(let commands)):
                try machines.accept(commands)
                return try advance()
            case .code(.answer(let answer)): return record(answer)
            case .code(.failed(let failure)): throw failure
            case .discarded(let startedEventID):
                machines.discardTask()
                history.discardTask(startedEventID: startedEventID, lastEventID: machines.lastProcessedEventID)
                return []
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
            return record(.init(query: query, result: .failure(FailureError(failure: expired))))
        }
        if task.isFromStart, hasStarted { return try rebuild(task) }
        if task.events.isEmpty, hasStarted { return try advance() }
        try machines.beginTask(previousStartedEventID: task.previousStartedEventID, messages: task.messages)
        let fits = try history.begin(
            events: task.events, token: task.nextPageToken, startedEventID: task.startedEventID)
        guard fits, !task.events.isEmpty else { return try refetch(task) }
        hasStarted = true
        return try advance()
    }

    /// The server sent the whole history of a run we have: what we have is not what the server has.
    private mutating func rebuild(_ task: WorkflowTask) throws(WorkflowTaskFailure) -> [RunOutput] {
        try reset(task)
        _ = try history.begin(events: task.events, token: task.nextPageToken, startedEventID: task.startedEventID)
        return [.resetCode] + (try advance())
    }

    /// The task continues from events we do not have.
    private mutating func refetch(_ task: WorkflowTask) throws(WorkflowTaskFailure) -> [RunOutput] {
        let hadCode = hasStarted
        try reset(task)
        history.beginFromStart(events: task.events, startedEventID: task.startedEventID)
        return (hadCode ? [.resetCode] : []) + [.fetchHistory(token: Data())]
    }

    private mutating func reset(_ task: WorkflowTask) throws(WorkflowTaskFailure) {
        machines = WorkflowMachines(
            workflowID: workflowID, runID: runID, namespace: namespace, taskQueue: taskQueue, options: options)
        try machines.beginTask(previousStartedEventID: task.previousStartedEventID, messages: task.messages)
        history = HistoryBuffer()
        hasStarted = true
    }

    /// Goes on until the code, the server or the caller has to do something.
    private mutating func advance() throws(WorkflowTaskFailure) -> [RunOutput] {
        while true {
            // What operations answer at once comes before any more history: that is how it was when history was made.
            if let activation = machines.takeActivation() { return [.activate(activation)] }
            switch history.next() {
            case .needsPage(let token): return [.fetchHistory(token: token)]
            case .piece(let piece): try machines.apply(piece, upcoming: history.upcoming)
            case .exhausted: return finish()
            }
        }
    }

    private mutating func finish() -> [RunOutput] {
        guard let task else { return [] }
        if let query = task.query { return [.activate(machines.queryActivation(query))] }
        if let query = openQueries.first { return [.activate(machines.queryActivation(query))] }
        // History that ends in the middle of a replay has no open task to complete; answers are wanted all the same.
        if machines.isClosed || machines.isReplaying && answers.isEmpty { return end([.abandon(nil)]) }
        let completion = Completion(
            token: task.token, commands: machines.commandsToSend, messages: machines.takeMessages(), answers: answers,
            closesRun: machines.closesRun, metadata: machines.metadata.forCompletion())
        return end([.complete(completion)])
    }

    private mutating func record(_ answer: QueryAnswer) -> [RunOutput] {
        guard let task else { return [] }
        if task.query != nil { return end([.answerQuery(answer, token: task.token)]) }
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
        return end(task.attempt <= 1 ? [.fail(failure, token: task.token)] : [.abandon(failure)])
    }

    private mutating func failing(_ failure: WorkflowTaskFailure, _ task: WorkflowTask) -> Completion {
        var cause = failure.failure
        cause.applicationFailureInfo.type = "NondeterminismError"
        return Completion(
            token: task.token, commands: [CloseMachine.close(.fail(cause)).1], messages: [], answers: [], closesRun: true,
            metadata: machines.metadata.forCompletion())
    }

    private mutating func end(_ outputs: [RunOutput]) -> [RunOutput] {
        task = nil
        return outputs
    }
}

import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Tasks handed to workers, and what workers answer.
extension ServerState {
    private typealias PollWorkflow = Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueResponse
    private typealias PollActivity = Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse
    /// After so many failures in a row a workflow task is not tried again: no test waits for that.
    private static let maximumFailedTasks = 5

    mutating func poll(_ request: Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest, _ call: UInt64) {
        guard !endedWorkers.contains(request.workerInstanceKey) else { return answer(call, PollWorkflow()) }
        pollers.append(
            .init(
                call: call, queue: request.taskQueue.name, isForActivities: false,
                instanceKey: request.workerInstanceKey))
    }

    mutating func poll(_ request: Temporal_Api_Workflowservice_V1_PollActivityTaskQueueRequest, _ call: UInt64) {
        guard !endedWorkers.contains(request.workerInstanceKey) else { return answer(call, PollActivity()) }
        pollers.append(
            .init(
                call: call, queue: request.taskQueue.name, isForActivities: true,
                instanceKey: request.workerInstanceKey))
    }

    /// A worker leaves: its polls end empty, and runs it has in memory go to others.
    mutating func endWorker(_ request: Temporal_Api_Workflowservice_V1_ShutdownWorkerRequest) {
        endedWorkers.insert(request.workerInstanceKey)
        for poller in pollers where poller.instanceKey == request.workerInstanceKey {
            answer(poller.call, poller.isForActivities ? PollActivity() : PollWorkflow())
        }
        pollers.removeAll { $0.instanceKey == request.workerInstanceKey }
        for runID in runs.keys where runs[runID]?.stickyQueue == request.stickyTaskQueue {
            runs[runID]?.stickyQueue = nil
        }
    }

    /// Hands the next task to a worker.
    /// - Returns: false when it waits for a worker to ask.
    mutating func dispatch() -> Bool {
        // Picked once, however often it then has to wait for a worker: how often does not depend on the seed.
        if picked == nil { picked = ready.remove(at: faults.pick(from: ready.count)) }
        guard let task = picked else { return false }
        switch task {
        case .workflow(let runID):
            guard let run = runs[runID], run.isOpen, run.task?.startedID == 0 else { break }
            guard let call = takePoller(run.stickyQueue ?? run.taskQueue, isForActivities: false) else { return false }
            answer(call, startWorkflowTask(runID))
        case .activity(let runID, let scheduledID):
            guard let activity = runs[runID]?.activities[scheduledID], !activity.isStarted else { break }
            if loseActivity(runID, scheduledID) { break }
            guard let call = takePoller(activity.attributes.taskQueue.name, isForActivities: true) else {
                return false
            }
            answer(call, startActivity(runID, scheduledID))
        case .query(let question):
            guard let run = runs[question.runID] else { break }
            guard let call = takePoller(run.stickyQueue ?? run.taskQueue, isForActivities: false) else { return false }
            pendingQuestions -= 1
            answer(call, queryTask(question, run))
        }
        picked = nil
        return true
    }

    private mutating func takePoller(_ queue: String, isForActivities: Bool) -> UInt64? {
        pollers.firstIndex { $0.queue == queue && $0.isForActivities == isForActivities }
            .map { pollers.remove(at: $0).call }
    }

    private mutating func startWorkflowTask(_ runID: String) -> PollWorkflow {
        // A worker that gets all of history drops what it has in memory, which is what an eviction comes to.
        if faults.evicts() { runs[runID]?.stickyQueue = nil }
        let messages = update(runID) { run in
            run.startTask(identity: TestServer.identity)
            return run.takeRequests()
        }
        guard let run = runs[runID], let task = run.task else { return .init() }
        let token = TaskToken.workflow(runID: runID, serial: task.serial).data
        inHand.insert(token)
        var response = PollWorkflow.with {
            $0.taskToken = token
            $0.workflowExecution = run.execution
            $0.workflowType = run.started.workflowType
            $0.previousStartedEventID = run.previousStartedID
            $0.startedEventID = task.startedID
            // A worker keeps silent about failures of later attempts and lets them time out; this one is to tell.
            $0.attempt = 1
            $0.workflowExecutionTaskQueue = run.started.taskQueue
            $0.scheduledTime = timestamp
            $0.startedTime = timestamp
            $0.messages = messages ?? []
        }
        let known = run.stickyQueue == nil ? 0 : run.previousStartedID
        (response.history, response.nextPageToken) = page(of: run, after: known)
        return response
    }

    private mutating func queryTask(_ question: Question, _ run: ServerRun) -> PollWorkflow {
        let token = TaskToken.query(call: question.call).data
        askedQuestions[token] = question
        inHand.insert(token)
        var response = PollWorkflow.with {
            $0.taskToken = token
            $0.workflowExecution = run.execution
            $0.workflowType = run.started.workflowType
            $0.previousStartedEventID = run.previousStartedID
            $0.attempt = 1
            $0.query = question.query
            $0.workflowExecutionTaskQueue = run.started.taskQueue
        }
        if run.stickyQueue == nil { (response.history, response.nextPageToken) = page(of: run, after: 0) }
        return response
    }

    /// A page of what a worker may see.
    func page(of run: ServerRun, after known: Int64) -> (Temporal_Api_History_V1_History, Data) {
        let events = run.visibleEvents(identity: TestServer.identity)
        let first = min(Int(known), events.count)
        let end = min(first + pageSize, events.count)
        let token = end < events.count ? TaskToken.page(runID: run.runID, known: Int64(end)).data : Data()
        return (.with { $0.events = Array(events[first..<end]) }, token)
    }

    mutating func complete(
        _ request: Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest
    ) throws(TemporalRPCError) -> Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedResponse {
        let runID = try takeWorkflowTask(request.taskToken)
        let delay = faults.taskDelay()
        if delay > .zero { elapse(delay) }
        guard let run = runs[runID], run.task != nil else { throw .taskNotFound }
        if faults.timesOut() {
            update(runID) { $0.timeOutTask() }
            throw .taskNotFound
        }
        var completed = run
        completed.time = timestamp
        completed.elapsed = now
        let reset: Int64?
        do throws(CommandRefusal) {
            reset = try completed.completeTask(request)
        } catch {
            let failure = Failure.with {
                $0.message = error.message
                $0.source = "Server"
                $0.serverFailureInfo.nonRetryable = true
            }
            fail(runID, cause: error.cause, failure)
            throw TemporalRPCError(
                operation: "RespondWorkflowTaskCompleted", code: .invalidArgument, message: error.message)
        }
        runs[runID] = completed
        update(runID) { _ in }
        if faults.losesCompletion() {
            update(runID) { $0.stickyQueue = nil }
            throw .taskNotFound
        }
        return .with {
            if let reset { $0.resetHistoryEventID = reset }
            if request.returnNewWorkflowTask, let task = nextTask(of: runID) { $0.workflowTask = task }
        }
    }

    /// A task that would go out next anyway comes with the answer to the one before.
    private mutating func nextTask(of runID: String) -> PollWorkflow? {
        guard isWanted, picked == nil, inHand.isEmpty, ready.count == 1, case .workflow(runID)? = ready.first,
            runs[runID]?.isOpen == true, runs[runID]?.task?.startedID == 0
        else { return nil }
        while let next = agenda.next, isStale(next.occurrence) { agenda.takeNext() }
        if let next = agenda.next, next.time <= now { return nil }
        ready = []
        return startWorkflowTask(runID)
    }

    mutating func fail(
        _ request: Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedRequest
    ) throws(TemporalRPCError) {
        let runID = try takeWorkflowTask(request.taskToken)
        fail(runID, cause: request.cause, request.failure)
    }

    private mutating func fail(
        _ runID: String, cause: Temporal_Api_Enums_V1_WorkflowTaskFailedCause, _ failure: Failure
    ) {
        guard let run = runs[runID], run.task != nil else { return }
        let failed = cause == .unhandledCommand ? 0 : run.failedTasks + 1
        guard failed < Self.maximumFailedTasks else {
            let error = TemporalRPCError(
                operation: "GetWorkflowExecutionHistory", code: .failedPrecondition,
                message: "the test environment gave up on workflow \(run.workflowID): its task failed \(failed) times "
                    + "in a row, the last time with: \(failure.message)")
            for waiter in closeWaiters where waiter.runID == runID {
                outputs.append(.refuse(call: waiter.call, error))
            }
            for waiter in updateWaiters where waiter.runID == runID {
                outputs.append(.refuse(call: waiter.call, error))
            }
            closeWaiters.removeAll { $0.runID == runID }
            updateWaiters.removeAll { $0.runID == runID }
            return
        }
        update(runID) {
            $0.failedTasks = failed
            $0.lastTaskFailure = failure.message
            $0.failTask(
                cause: cause, failure: failure, identity: TestServer.identity,
                retryDelay: failed > 1 ? .seconds(10) : .zero)
        }
    }

    /// - Returns: the run whose current task the token stands for.
    private mutating func takeWorkflowTask(_ token: Data) throws(TemporalRPCError) -> String {
        inHand.remove(token)
        guard case .workflow(let runID, let serial)? = TaskToken(token), runs[runID]?.task?.serial == serial else {
            throw .taskNotFound
        }
        return runID
    }

    mutating func answerQuery(
        _ request: Temporal_Api_Workflowservice_V1_RespondQueryTaskCompletedRequest
    ) throws(TemporalRPCError) {
        inHand.remove(request.taskToken)
        guard let question = askedQuestions.removeValue(forKey: request.taskToken) else { throw .taskNotFound }
        guard request.completedType == .answered else {
            let cause = FailureConverter().error(from: request.failure)
            outputs.append(
                .refuse(
                    call: question.call,
                    TemporalRPCError(
                        operation: "QueryWorkflow", code: .invalidArgument, message: request.errorMessage,
                        details: .queryFailed(cause))))
            return
        }
        answer(
            question.call,
            Temporal_Api_Workflowservice_V1_QueryWorkflowResponse.with { $0.queryResult = request.queryResult })
    }
}

/// Names a task a worker has, or a page of history.
enum TaskToken {
    case workflow(runID: String, serial: Int64)
    case activity(runID: String, scheduledID: Int64, attempt: Int32)
    case query(call: UInt64)
    case page(runID: String, known: Int64)

    var data: Data {
        switch self {
        case .workflow(let runID, let serial): Data("w|\(runID)|\(serial)".utf8)
        case .activity(let runID, let scheduledID, let attempt): Data("a|\(runID)|\(scheduledID)|\(attempt)".utf8)
        case .query(let call): Data("q|\(call)".utf8)
        case .page(let runID, let known): Data("p|\(runID)|\(known)".utf8)
        }
    }

    init?(_ data: Data) {
        let parts = String(decoding: data, as: UTF8.self).split(separator: "|").map(String.init)
        switch (parts.first, parts.count) {
        case ("w", 3): self = .workflow(runID: parts[1], serial: Int64(parts[2]) ?? 0)
        case ("a", 4):
            self = .activity(runID: parts[1], scheduledID: Int64(parts[2]) ?? 0, attempt: Int32(parts[3]) ?? 0)
        case ("q", 2): self = .query(call: UInt64(parts[1]) ?? 0)
        case ("p", 3): self = .page(runID: parts[1], known: Int64(parts[2]) ?? 0)
        default: return nil
        }
    }
}

extension TemporalRPCError {
    static var taskNotFound: TemporalRPCError {
        TemporalRPCError(operation: "Respond", code: .notFound, message: "the task is not open any more")
    }
}

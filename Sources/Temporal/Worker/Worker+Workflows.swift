import Foundation
import Logging
import SwiftProtobuf
import TemporalAPI

extension Worker {
    /// Asks for workflow tasks until the worker shuts down, and finishes those it got.
    func pollWorkflowTasks(sticky: Bool) async throws {
        let request = Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.workerInstanceKey = instanceKey
            $0.taskQueue.name = sticky ? stickyQueue : configuration.taskQueue
            $0.taskQueue.kind = sticky ? .sticky : .normal
            if sticky { $0.taskQueue.normalName = configuration.taskQueue }
        }
        // The group holds the work in hand; an error must not pass through it, because that would cancel the work.
        let fatal: (any Error)? = await withDiscardingTaskGroup { group in
            while !gate.isClosed {
                do {
                    try await workflowSlots.acquire()
                } catch {
                    return nil
                }
                do {
                    let response = try await gate.poll { [service] in
                        try await service.call(.pollWorkflowTaskQueue, request, .workerPoll)
                    }
                    guard !response.taskToken.isEmpty else {
                        workflowSlots.release()
                        continue
                    }
                    group.addTask {
                        if let task = await self.decoded(response) { await self.process(task) }
                        self.workflowSlots.release()
                    }
                } catch {
                    workflowSlots.release()
                    return gate.isClosed ? nil : error
                }
            }
            return nil
        }
        if let fatal { throw fatal }
    }

    /// Works on a task, and on those the server sends along with the answers.
    private func process(_ first: WorkflowTask) async {
        guard let type = workflows[first.workflowType] else { return await refuse(first) }
        var next: WorkflowTask? = first
        while let first = next {
            let run = await cache.checkOut(first.runID, isQuery: first.query != nil) {
                self.makeRun(for: first, type: type)
            }
            guard let run else { return }
            var keep = true
            while let task = next, keep { (next, keep) = await work(on: task, run) }
            await cache.checkIn(run, keep: keep)
        }
    }

    /// - Returns: Nil when the task's payloads cannot be decoded, which has been reported.
    private func decoded(_ response: PollWorkflowTask) async -> WorkflowTask? {
        do {
            return WorkflowTask(try await codecs.decode(response, "a workflow task"))
        } catch {
            let (task, failure) = (WorkflowTask(present: response), WorkflowTaskFailure.unhandled("\(error)"))
            log(failure, task)
            await refuse(task, failure)
            return nil
        }
    }

    private func refuse(_ task: WorkflowTask) async {
        let known = workflows.keys.sorted().joined(separator: ", ")
        await refuse(
            task,
            .unhandled(
                "workflow type \(task.workflowType) is not registered with this worker; registered are \(known)"))
    }

    private func refuse(_ task: WorkflowTask, _ failure: WorkflowTaskFailure) async {
        if let query = task.query {
            let error = FailureError(failure: failure.failure)
            await send(QueryAnswer(query: query, result: .failure(error)), token: task.token)
        } else if task.attempt <= 1 {
            await report(failure, token: task.token)
        }
    }

    /// - Returns: the task that came with the answer, and whether the run is still of use.
    private func work(on task: WorkflowTask, _ run: CachedRun) async -> (WorkflowTask?, keep: Bool) {
        var step = await run.apply(.task(task))
        while let output = step.outputs.first {
            switch output {
            case .fetchHistory(let token):
                step = await run.apply(await page(of: task, token: token))
                continue
            case .complete(let completion):
                return await send(completion, of: task)
            case .fail(let failure, let token):
                log(failure, task)
                await report(failure, token: token)
            case .abandon(let failure):
                if let failure { log(failure, task) }
            case .answerQuery(let answer, let token):
                await send(answer, token: token)
            case .activate, .resetCode: break
            }
            return (nil, keep: !step.isBroken && !step.isClosed)
        }
        return (nil, keep: !step.isBroken)
    }

    private func log(_ failure: WorkflowTaskFailure, _ task: WorkflowTask) {
        logger.warning(
            "workflow task failed: \(failure.failure.message)",
            metadata: [
                "workflow_id": "\(task.workflowID)", "run_id": "\(task.runID)", "attempt": "\(task.attempt)",
            ])
    }

    private func page(of task: WorkflowTask, token: Data) async -> RunInput {
        do {
            let response = try await service.call(
                .getWorkflowExecutionHistory,
                .with {
                    $0.namespace = namespace
                    $0.execution.workflowID = task.workflowID
                    $0.execution.runID = task.runID
                    $0.nextPageToken = token
                }, .normal)
            return .page(response.history.events, nextPageToken: response.nextPageToken)
        } catch {
            return .pageFailed("\(error)")
        }
    }

    private func send(_ completion: Completion, of task: WorkflowTask) async -> (WorkflowTask?, keep: Bool) {
        // A worker that is leaving must not be handed the run's next task.
        let isSticky = configuration.maximumCachedWorkflows > 0 && !gate.isClosed
        do {
            let response = try await service.call(
                .respondWorkflowTaskCompleted,
                .with {
                    $0.taskToken = completion.token
                    $0.identity = identity
                    $0.namespace = namespace
                    $0.commands = completion.commands
                    $0.returnNewWorkflowTask = isSticky
                    if isSticky {
                        $0.stickyAttributes.workerTaskQueue.name = stickyQueue
                        $0.stickyAttributes.workerTaskQueue.kind = .sticky
                        $0.stickyAttributes.workerTaskQueue.normalName = configuration.taskQueue
                        $0.stickyAttributes.scheduleToStartTimeout = .init(configuration.stickyScheduleToStartTimeout)
                    }
                    for answer in completion.answers { $0.queryResults[answer.query.id] = proto(answer) }
                }, .normal)
            let next = response.hasWorkflowTask ? await decoded(response.workflowTask) : nil
            // The server took back a task whose events this run has applied: only history knows what is true now.
            let isDiscarded = response.resetHistoryEventID != 0
            return (next, keep: !completion.closesRun && !isDiscarded)
        } catch let error as TemporalRPCError where error.isMessageTooLarge {
            let failure = WorkflowTaskFailure.tooLarge("the answer to the workflow task is too large: \(error.message)")
            log(failure, task)
            if task.attempt <= 1 { await report(failure, token: task.token) }
            return (nil, keep: false)
        } catch let error as PayloadCodecError {
            let failure = WorkflowTaskFailure.unhandled("\(error)")
            log(failure, task)
            if task.attempt <= 1 { await report(failure, token: task.token) }
            return (nil, keep: false)
        } catch {
            // The task timed out, was superseded, or its commands came too late for new events: history decides, so the run is rebuilt from it.
            logger.debug("workflow task completion refused: \(error)")
            return (nil, keep: false)
        }
    }

    private func report(_ failure: WorkflowTaskFailure, token: Data) async {
        do {
            _ = try await service.call(
                .respondWorkflowTaskFailed,
                .with {
                    $0.taskToken = token
                    $0.cause = failure.cause
                    $0.failure = converter.failureConverter.prepared(failure.failure)
                    $0.identity = identity
                    $0.namespace = namespace
                }, .normal)
        } catch {
            logger.warning("a failed workflow task could not be reported; it will time out: \(error)")
        }
    }

    private func send(_ answer: QueryAnswer, token: Data) async {
        let result = proto(answer)
        do {
            _ = try await service.call(
                .respondQueryTaskCompleted,
                .with {
                    $0.taskToken = token
                    $0.namespace = namespace
                    $0.completedType = result.resultType
                    if result.hasAnswer { $0.queryResult = result.answer }
                    if result.hasFailure {
                        $0.errorMessage = result.errorMessage
                        $0.failure = result.failure
                    }
                }, .normal)
        } catch let error as PayloadCodecError where !result.hasFailure {
            let failure = converter.failureConverter.failure(from: error)
            await send(QueryAnswer(query: answer.query, result: .failure(.init(failure: failure))), token: token)
        } catch {
            logger.warning("a query could not be answered; its caller will time out: \(error)")
        }
    }

    private func proto(_ answer: QueryAnswer) -> Temporal_Api_Query_V1_WorkflowQueryResult {
        .with {
            switch answer.result {
            case .success(let payload):
                $0.resultType = .answered
                $0.answer.payloads = [payload]
            case .failure(let error):
                $0.resultType = .failed
                $0.failure = converter.failureConverter.prepared(error.failure)
                $0.errorMessage = $0.failure.message
            }
        }
    }
}

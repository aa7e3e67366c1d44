import Foundation
import Logging
import SwiftProtobuf
import TemporalAPI

extension Worker {
    /// What asks for workflow tasks of one kind until the worker shuts down.
    func workflowPoller(_ kind: PollKind) -> Poller<PollWorkflowTask> {
        let request = Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.workerInstanceKey = instanceKey
            $0.taskQueue.name = kind == .sticky ? stickyQueue : configuration.taskQueue
            $0.taskQueue.kind = kind == .sticky ? .sticky : .normal
            if kind == .sticky { $0.taskQueue.normalName = configuration.taskQueue }
            $0.binaryChecksum = binaryChecksum
            if let versionCapabilities { $0.workerVersionCapabilities = versionCapabilities }
        }
        return Poller(
            kind: kind, polls: polls, slots: workflowSlots,
            allowance: PollerAllowance(scaling(configuration.pollers(kind)), clock: clock),
            ask: { [service] in try await service.call(.pollWorkflowTaskQueue, request, $0) },
            advice: { .init($0, kind) },
            take: { response in
                guard !response.taskToken.isEmpty else {
                    self.metrics.count(.workflowTaskQueuePollEmpty)
                    return false
                }
                self.metrics.count(.workflowTaskQueuePollSucceed)
                self.workflowWork.start { await self.work(on: response) }
                return true
            },
            fail: { self.signal.raise($0) })
    }

    /// Works on what a poll or a start brought, for which a permit was taken.
    func work(on response: PollWorkflowTask) async {
        await process(response)
        workflowSlots.release()
    }

    /// Works on a task, and on those the server sends along with the answers.
    private func process(_ response: PollWorkflowTask) async {
        // Decoding may take its time, which the server counts as well.
        var received = ContinuousClock.now
        var next = await decoded(response)
        while let first = next {
            guard let type = workflows[first.workflowType] else { return await refuse(first) }
            let isQuery = first.query != nil
            let run = await cache.checkOut(
                first.runID, startedEventID: isQuery ? 0 : first.startedEventID,
                mayBorrow: isQuery && first.events.isEmpty
            ) {
                if !first.isFromStart {
                    self.metrics.count(.stickyCacheMiss, [.workflowType: first.workflowType])
                }
                return self.makeRun(for: first, type: type)
            }
            guard let run else { return }
            var keep = true
            // Should the server send another run's task along, that run has to work on it.
            while let task = next, keep, task.runID == run.runID {
                let response: PollWorkflowTask?
                (response, keep) = await work(on: task, received: received, run)
                if task.query == nil {
                    metrics.record(.workflowTaskExecution, .now - received, [.workflowType: task.workflowType])
                }
                received = .now
                next = if let response { await decoded(response) } else { nil }
                // A task of this run that came by a poll meanwhile is older than the one that came with the answer.
                if let next { await cache.supersede(next.runID, upTo: next.startedEventID) }
            }
            await cache.checkIn(run, keep: keep)
        }
    }

    /// - Returns: Nil when there is no task, or its payloads cannot be decoded, which has been reported.
    private func decoded(_ response: PollWorkflowTask) async -> WorkflowTask? {
        noteReceived(response)
        do {
            return WorkflowTask(try await codecs.decode(response, "a workflow task"))
        } catch {
            await fail(WorkflowTask(present: response), .unhandled("\(error)"))
            return nil
        }
    }

    private func refuse(_ task: WorkflowTask) async {
        let known = workflows.keys.sorted().joined(separator: ", ")
        await fail(
            task,
            .unhandled(
                "workflow type \(task.workflowType) is not registered with this worker; registered are \(known)"))
    }

    /// Fails a task without asking its run.
    private func fail(_ task: WorkflowTask, _ failure: WorkflowTaskFailure) async {
        log(failure, task)
        if let query = task.query {
            let error = FailureError(failure: failure.failure)
            await send(QueryAnswer(query: query, result: .failure(error)), token: task.token)
        } else if task.attempt <= 1 {
            await report(failure, token: task.token)
        }
    }

    /// - Returns: the task that came with the answer, and whether the run is still of use.
    private func work(
        on task: WorkflowTask, received: ContinuousClock.Instant, _ run: CachedRun
    ) async -> (PollWorkflowTask?, keep: Bool) {
        if task.query == nil {
            for resolution in run.localActivities.takeAll() { _ = await run.apply(.localActivityResolved(resolution)) }
        }
        var input = RunInput.task(task)
        while true {
            guard let step = await run.apply(input) else {
                await fail(task, .deadlock(after: configuration.deadlockTimeout ?? .zero))
                return (nil, keep: false)
            }
            if let replay = step.replay {
                metrics.record(.workflowTaskReplay, replay, [.workflowType: task.workflowType])
            }
            switch step.outputs.first {
            case .fetchHistory(let token):
                input = await page(of: task, token: token)
                continue
            case .awaitLocalActivities(let limit):
                await cache.lend(run)
                let event = await run.localActivities.next(before: received + limit)
                await cache.reclaim(run)
                input = event.input
                continue
            case .complete(let completion):
                return await send(completion, of: task, run, isLast: step.isBroken)
            case .fail(let failure, let token):
                log(failure, task)
                await report(failure, token: token)
            case .abandon(let failure):
                if let failure { log(failure, task) }
            case .answerQuery(let answer, let token):
                await send(answer, token: token)
            case .activate, .replayed, .resetCode, .startLocalActivity, .cancelLocalActivity, .cancelLocalActivities:
                break
            case nil:
                await fail(task, .unhandled("the run did not say what to answer"))
                return (nil, keep: false)
            }
            return (nil, keep: !step.isBroken && !step.isClosed)
        }
    }

    private func log(_ failure: WorkflowTaskFailure, _ task: WorkflowTask) {
        noteFailed(task, failure)
        logger.warning(
            "workflow task failed: \(failure.failure.message)",
            metadata: [
                "workflow_id": "\(task.workflowID)", "run_id": "\(task.runID)", "attempt": "\(task.attempt)",
            ])
    }

    private func page(of task: WorkflowTask, token: Data) async -> RunInput {
        do {
            try await fetchSlots.acquire()
            defer {
                fetchSlots.endPoll()
                fetchSlots.release()
            }
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

    private func send(
        _ completion: Completion, of task: WorkflowTask, _ run: CachedRun, isLast: Bool
    ) async -> (PollWorkflowTask?, keep: Bool) {
        // A worker that is leaving must not be handed the run's next task, unless only it can finish what is running.
        let mayReturn = !polls.isClosed || completion.forcesNewTask && !localActivities.isEnding
        let isSticky = configuration.keepsRuns && !isLast && mayReturn
        var commands = completion.commands
        let reserved = completion.closesRun ? 0 : reserveEagerActivities(in: &commands)
        var eager: [PollActivityTask] = []
        defer { startEagerActivities(eager, reserved: reserved) }
        do {
            let response = try await service.call(
                .respondWorkflowTaskCompleted,
                .with {
                    $0.taskToken = completion.token
                    $0.identity = identity
                    $0.namespace = namespace
                    $0.binaryChecksum = binaryChecksum
                    if let versionStamp { $0.workerVersionStamp = versionStamp }
                    $0.workerInstanceKey = instanceKey
                    $0.commands = commands
                    if let metadata = completion.metadata { $0.sdkMetadata = metadata }
                    $0.messages = completion.messages
                    // The run can take a task back that only refused updates, see below.
                    $0.capabilities.discardSpeculativeWorkflowTaskWithEvents = true
                    $0.returnNewWorkflowTask = isSticky
                    $0.forceCreateNewWorkflowTask = completion.forcesNewTask
                    $0.meteringMetadata.nonfirstLocalActivityExecutionAttempts = UInt32(
                        clamping: localActivities.laterAttempts(of: task.runID))
                    if isSticky {
                        $0.stickyAttributes.workerTaskQueue.name = stickyQueue
                        $0.stickyAttributes.workerTaskQueue.kind = .sticky
                        $0.stickyAttributes.workerTaskQueue.normalName = configuration.taskQueue
                        $0.stickyAttributes.scheduleToStartTimeout = .init(configuration.stickyScheduleToStartTimeout)
                    }
                    for answer in completion.answers { $0.queryResults[answer.query.id] = proto(answer) }
                }, .normal)
            localActivities.noteTaskReported(of: task.runID)
            noteAccepted(completion, of: task)
            if completion.closesRun { run.noteEnd() }
            eager = response.activityTasks
            if response.resetHistoryEventID > 0 {
                _ = await run.apply(.discarded(startedEventID: response.resetHistoryEventID))
            }
            let next = response.hasWorkflowTask ? response.workflowTask : nil
            return (next, keep: !completion.closesRun && !isLast)
        } catch let error as TemporalRPCError where error.isMessageTooLarge {
            await fail(task, .tooLarge("the answer to the workflow task is too large: \(error.message)"))
            return (nil, keep: false)
        } catch let error as PayloadCodecError {
            await fail(task, .unhandled("\(error)"))
            return (nil, keep: false)
        } catch {
            // The task timed out, was superseded, or its commands came too late for new events: history decides, so the run is rebuilt from it.
            logger.debug("workflow task completion refused: \(error)")
            return (nil, keep: false)
        }
    }

    private func report(_ failure: WorkflowTaskFailure, token: Data) async {
        do {
            do {
                try await send(failure, token: token)
            } catch let error as TemporalRPCError where error.isMessageTooLarge {
                var short = WorkflowTaskFailure.tooLarge(
                    "the failure of the workflow task is too large: \(error.message)")
                // For an answer that is too large the server ends the run; it need not for a failure.
                short.cause = failure.cause
                try await send(short, token: token)
            }
        } catch {
            logger.warning("a failed workflow task could not be reported; it will time out: \(error)")
        }
    }

    private func send(_ failure: WorkflowTaskFailure, token: Data) async throws {
        _ = try await service.call(
            .respondWorkflowTaskFailed,
            .with {
                $0.taskToken = token
                $0.cause = failure.cause
                $0.failure = converter.failureConverter.prepared(failure.failure)
                $0.identity = identity
                $0.namespace = namespace
                $0.binaryChecksum = binaryChecksum
                if let versionStamp { $0.workerVersion = versionStamp }
            }, .normal)
    }

    private func send(_ answer: QueryAnswer, token: Data) async {
        let result = proto(answer)
        do {
            do {
                try await respond(result, token)
            } catch let error as TemporalRPCError where error.isMessageTooLarge {
                let failure = WorkflowTaskFailure.tooLarge("the answer to the query is too large: \(error.message)")
                try await respond(
                    proto(.init(query: answer.query, result: .failure(.init(failure: failure.failure)))), token)
            } catch let error as PayloadCodecError where !result.hasFailure {
                let failure = converter.failureConverter.failure(from: error)
                try await respond(proto(.init(query: answer.query, result: .failure(.init(failure: failure)))), token)
            }
        } catch {
            logger.warning("a query could not be answered; its caller will time out: \(error)")
        }
    }

    private func respond(_ result: Temporal_Api_Query_V1_WorkflowQueryResult, _ token: Data) async throws {
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

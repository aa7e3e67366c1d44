import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Workflow tasks: handed out, answered, failed and tried again.
extension ServerRun {
    /// From the second attempt on, a task's events are not part of history until it succeeds.
    private var isTransient: Bool { attempt > 1 }

    mutating func scheduleTask(isSpeculative: Bool = false) {
        guard isOpen, task == nil, !isFirstTaskDelayed else { return }
        task = OpenTask(scheduledID: isTransient ? nextID : record(.workflowTaskScheduled, scheduledAttributes))
        task?.isSpeculative = isSpeculative
        effects.append(.taskScheduled)
    }

    /// Hands the task to a worker.
    mutating func startTask(identity: String) {
        guard var open = task else { return }
        if isTransient, open.scheduledID != nextID {
            // Something happened since the failed attempt: this is a task like any other.
            attempt = 1
            open.scheduledID = record(.workflowTaskScheduled, scheduledAttributes)
        }
        handOuts += 1
        open.serial = handOuts
        open.startedID =
            isTransient
            ? nextID + 1 : record(.workflowTaskStarted, startedAttributes(open.scheduledID, identity: identity))
        task = open
    }

    /// The events a worker is shown: history, and those of an attempt that is not part of it yet.
    func visibleEvents(identity: String) -> [HistoryEvent] {
        guard let task, isTransient, task.startedID > 0 else { return events }
        let transient: [(EventType, Temporal_Api_History_V1_HistoryEvent.OneOf_Attributes)] = [
            (.workflowTaskScheduled, scheduledAttributes),
            (.workflowTaskStarted, startedAttributes(task.scheduledID, identity: identity)),
        ]
        return events
            + transient.enumerated().map { offset, event in
                HistoryEvent.with {
                    $0.eventID = nextID + Int64(offset)
                    $0.eventType = event.0
                    $0.eventTime = time
                    $0.attributes = event.1
                }
            }
    }

    /// Applies what a worker answered.
    /// - Returns: when the task is taken back because it only refused updates, the started event history goes on from.
    /// - Throws: ``CommandRefusal`` when a command is not acceptable; the run is then to be left as it was, and the task failed.
    @discardableResult
    mutating func completeTask(
        _ request: Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest
    ) throws(CommandRefusal) -> Int64? {
        guard let done = task else { return nil }
        stickyQueue = request.hasStickyAttributes ? request.stickyAttributes.workerTaskQueue.name : nil
        if let reset = try discardTask(request) { return reset }
        if isTransient {
            record(.workflowTaskScheduled, scheduledAttributes)
            record(.workflowTaskStarted, startedAttributes(done.scheduledID, identity: request.identity))
        }
        task = nil
        attempt = 1
        failedTasks = 0
        previousStartedID = done.startedID
        let completedID = record(
            .workflowTaskCompleted,
            .workflowTaskCompletedEventAttributes(
                .with {
                    $0.scheduledEventID = done.scheduledID
                    $0.startedEventID = done.startedID
                    $0.identity = request.identity
                    if request.hasSdkMetadata { $0.sdkMetadata = request.sdkMetadata }
                    if request.hasMeteringMetadata { $0.meteringMetadata = request.meteringMetadata }
                }))
        var needsTask = request.forceCreateNewWorkflowTask
        var messages = Dictionary(request.messages.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        // Refusals have no command, and so no place among the others.
        let named = Set(request.commands.map(\.protocolMessageCommandAttributes.messageID))
        for message in request.messages where !named.contains(message.id) {
            try apply(message, completedID: completedID)
        }
        for (index, command) in request.commands.enumerated() {
            guard isOpen else {
                throw CommandRefusal(
                    .unspecified, "command \(index), \(command.commandType), follows the one that ends the run")
            }
            if case .protocolMessageCommandAttributes(let attributes)? = command.attributes {
                guard let message = messages.removeValue(forKey: attributes.messageID) else {
                    throw CommandRefusal(
                        .badUpdateWorkflowExecutionMessage, "command \(index) names no message: \(attributes.messageID)"
                    )
                }
                try apply(message, completedID: completedID)
            } else if try apply(command, completedID: completedID) {
                needsTask = true
            }
        }
        if request.forceCreateNewWorkflowTask { requeueRequests() } else { refuseUnprocessed() }
        if flush() || needsTask { scheduleTask() }
        if updates.contains(where: \.isAdmitted) { scheduleTask(isSpeculative: true) }
        return nil
    }

    /// Takes back a task that came to nothing but refused updates, if the worker can do the same.
    private mutating func discardTask(
        _ request: Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest
    ) throws(CommandRefusal) -> Int64? {
        guard let done = task, done.isSpeculative, !isTransient, done.startedID == Int64(events.count),
            done.scheduledID == done.startedID - 1, buffered.isEmpty, request.commands.isEmpty,
            !request.messages.isEmpty, !request.forceCreateNewWorkflowTask,
            request.capabilities.discardSpeculativeWorkflowTaskWithEvents
        else { return nil }
        for message in request.messages { try apply(message, completedID: 0) }
        refuseUnprocessed()
        forgetEvents(from: done.scheduledID)
        task = nil
        failedTasks = 0
        if updates.contains(where: \.isAdmitted) { scheduleTask(isSpeculative: true) }
        return previousStartedID
    }

    /// Records that an attempt came to nothing, and has the task tried again.
    mutating func failTask(
        cause: Temporal_Api_Enums_V1_WorkflowTaskFailedCause, failure: Failure, identity: String, retryDelay: Duration
    ) {
        guard let failed = task else { return }
        if !isTransient {
            record(
                .workflowTaskFailed,
                .workflowTaskFailedEventAttributes(
                    .with {
                        $0.scheduledEventID = failed.scheduledID
                        $0.startedEventID = failed.startedID
                        $0.cause = cause
                        $0.failure = failure
                        $0.identity = identity
                    }))
        }
        endAttempt(retryDelay: retryDelay)
    }

    mutating func timeOutTask() {
        guard let lost = task else { return }
        if !isTransient {
            record(
                .workflowTaskTimedOut,
                .workflowTaskTimedOutEventAttributes(
                    .with {
                        $0.scheduledEventID = lost.scheduledID
                        $0.startedEventID = lost.startedID
                        $0.timeoutType = .startToClose
                    }))
        }
        endAttempt(retryDelay: .zero)
    }

    private mutating func endAttempt(retryDelay: Duration) {
        task = nil
        stickyQueue = nil
        requeueRequests()
        // News makes the next attempt a task like any other.
        attempt = flush() ? 1 : attempt + 1
        guard retryDelay > .zero else { return scheduleTask() }
        effects.append(.after(retryDelay, .taskRetry(runID: runID)))
    }

    private var scheduledAttributes: Temporal_Api_History_V1_HistoryEvent.OneOf_Attributes {
        .workflowTaskScheduledEventAttributes(
            .with {
                $0.taskQueue.name = taskQueue
                $0.taskQueue.kind = .normal
                $0.startToCloseTimeout = started.workflowTaskTimeout
                $0.attempt = attempt
            })
    }

    private func startedAttributes(
        _ scheduledID: Int64, identity: String
    ) -> Temporal_Api_History_V1_HistoryEvent.OneOf_Attributes {
        .workflowTaskStartedEventAttributes(
            .with {
                $0.scheduledEventID = scheduledID
                $0.identity = identity
                $0.historySizeBytes = 0
                $0.suggestContinueAsNew = events.count >= 4096
            })
    }
}

/// A command the server does not accept: the workflow task fails.
struct CommandRefusal: Error {
    let cause: Temporal_Api_Enums_V1_WorkflowTaskFailedCause
    let message: String

    init(_ cause: Temporal_Api_Enums_V1_WorkflowTaskFailedCause, _ message: String) {
        self.cause = cause
        self.message = message
    }
}

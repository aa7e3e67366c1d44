import Foundation
import SwiftProtobuf
package import Temporal
package import TemporalAPI

/// Writes histories as the server would, one event after the other, for tests that play them to a run.
package struct HistoryBuilder {
    package private(set) var events: [HistoryEvent] = []
    package let workflowType: String
    private let taskQueue: String
    private let startTime: Int64

    package init(workflowType: String, taskQueue: String = "test", startTime: Int64 = 1_700_000_000) {
        self.workflowType = workflowType
        self.taskQueue = taskQueue
        self.startTime = startTime
    }

    /// The id of the last event.
    package var lastID: Int64 { events.last?.eventID ?? 0 }

    /// The id of the last started workflow task.
    package var lastStartedID: Int64 {
        events.last { $0.eventType == .workflowTaskStarted }?.eventID ?? 0
    }

    /// This history as it was when the given event was its last.
    package func prefix(through id: Int64) -> HistoryBuilder {
        var prefix = self
        prefix.events.removeAll { $0.eventID > id }
        return prefix
    }

    /// Adds an event; its time is one second after the one before.
    @discardableResult
    package mutating func add(
        _ type: Temporal_Api_Enums_V1_EventType, _ attributes: Temporal_Api_History_V1_HistoryEvent.OneOf_Attributes
    ) -> Int64 {
        events.append(
            .with {
                $0.eventID = lastID + 1
                $0.eventType = type
                $0.eventTime.seconds = startTime + lastID
                $0.attributes = attributes
            })
        return lastID
    }

    /// Adds an event as it was recorded.
    package mutating func add(_ event: HistoryEvent) { events.append(event) }

    /// Changes the first event.
    package mutating func changeFirst(_ change: (inout HistoryEvent) -> Void) { change(&events[0]) }

    /// Adds an event of a type nobody has heard of.
    package mutating func addUnknown(mayIgnore: Bool) {
        events.append(
            .with {
                $0.eventID = lastID + 1
                $0.eventType = .UNRECOGNIZED(9999)
                $0.workerMayIgnore = mayIgnore
            })
    }

    package mutating func started(input: some Encodable & Sendable = NoValue()) throws {
        let payloads = try DataConverter.standard.payloads(encoding: input)
        add(
            .workflowExecutionStarted,
            .workflowExecutionStartedEventAttributes(
                .with {
                    $0.workflowType.name = workflowType
                    $0.taskQueue.name = taskQueue
                    $0.input = payloads
                    $0.attempt = 1
                    $0.originalExecutionRunID = "original-run"
                }))
    }

    package mutating func taskScheduled() {
        add(.workflowTaskScheduled, .workflowTaskScheduledEventAttributes(.init()))
    }

    /// A workflow task that some worker has taken.
    package mutating func taskScheduledAndStarted() {
        taskScheduled()
        let scheduled = lastID
        add(.workflowTaskStarted, .workflowTaskStartedEventAttributes(.with { $0.scheduledEventID = scheduled }))
    }

    /// A task that was started by a host whose clock is slow.
    package mutating func taskScheduledAndStarted(secondsEarlier seconds: Int64) {
        taskScheduledAndStarted()
        events[events.count - 1].eventTime.seconds -= seconds
    }

    package mutating func taskCompleted() {
        let started = lastStartedID
        add(
            .workflowTaskCompleted,
            .workflowTaskCompletedEventAttributes(
                .with {
                    $0.scheduledEventID = started - 1
                    $0.startedEventID = started
                }))
    }

    package mutating func taskFailed() {
        add(
            .workflowTaskFailed,
            .workflowTaskFailedEventAttributes(.with { $0.cause = .workflowWorkerUnhandledFailure }))
    }

    package mutating func taskTimedOut() {
        add(.workflowTaskTimedOut, .workflowTaskTimedOutEventAttributes(.init()))
    }

    /// A whole workflow task.
    package mutating func task() {
        taskScheduledAndStarted()
        taskCompleted()
    }

    @discardableResult
    package mutating func timerStarted(_ id: Int) -> Int64 {
        add(.timerStarted, .timerStartedEventAttributes(.with { $0.timerID = String(id) }))
    }

    package mutating func timerFired(_ id: Int, started: Int64) {
        add(
            .timerFired,
            .timerFiredEventAttributes(
                .with {
                    $0.timerID = String(id)
                    $0.startedEventID = started
                }))
    }

    package mutating func timerCanceled(_ id: Int, started: Int64) {
        add(
            .timerCanceled,
            .timerCanceledEventAttributes(
                .with {
                    $0.timerID = String(id)
                    $0.startedEventID = started
                }))
    }

    @discardableResult
    package mutating func activityScheduled(_ id: Int, type: String) -> Int64 {
        add(
            .activityTaskScheduled,
            .activityTaskScheduledEventAttributes(
                .with {
                    $0.activityID = String(id)
                    $0.activityType.name = type
                }))
    }

    @discardableResult
    package mutating func activityStarted(scheduled: Int64) -> Int64 {
        add(.activityTaskStarted, .activityTaskStartedEventAttributes(.with { $0.scheduledEventID = scheduled }))
    }

    package mutating func activityCompleted(scheduled: Int64, result: some Encodable & Sendable) throws {
        let payloads = try DataConverter.standard.payloads(encoding: result)
        let started = activityStarted(scheduled: scheduled)
        add(
            .activityTaskCompleted,
            .activityTaskCompletedEventAttributes(
                .with {
                    $0.scheduledEventID = scheduled
                    $0.startedEventID = started
                    $0.result = payloads
                }))
    }

    package mutating func activityFailed(scheduled: Int64, _ error: any Error) {
        let started = activityStarted(scheduled: scheduled)
        add(
            .activityTaskFailed,
            .activityTaskFailedEventAttributes(
                .with {
                    $0.scheduledEventID = scheduled
                    $0.startedEventID = started
                    $0.failure = FailureConverter().failure(from: error)
                    $0.retryState = .nonRetryableFailure
                }))
    }

    package mutating func activityCancelRequested(scheduled: Int64) {
        add(
            .activityTaskCancelRequested,
            .activityTaskCancelRequestedEventAttributes(.with { $0.scheduledEventID = scheduled }))
    }

    package mutating func activityCanceled(scheduled: Int64) {
        add(.activityTaskCanceled, .activityTaskCanceledEventAttributes(.with { $0.scheduledEventID = scheduled }))
    }

    @discardableResult
    package mutating func childInitiated(type: String, workflowID: String) -> Int64 {
        add(
            .startChildWorkflowExecutionInitiated,
            .startChildWorkflowExecutionInitiatedEventAttributes(
                .with {
                    $0.workflowID = workflowID
                    $0.workflowType.name = type
                }))
    }

    package mutating func childStarted(initiated: Int64, runID: String) {
        add(
            .childWorkflowExecutionStarted,
            .childWorkflowExecutionStartedEventAttributes(
                .with {
                    $0.initiatedEventID = initiated
                    $0.workflowExecution.runID = runID
                }))
    }

    package mutating func childCompleted(initiated: Int64, result: some Encodable & Sendable) throws {
        let payloads = try DataConverter.standard.payloads(encoding: result)
        add(
            .childWorkflowExecutionCompleted,
            .childWorkflowExecutionCompletedEventAttributes(
                .with {
                    $0.initiatedEventID = initiated
                    $0.result = payloads
                }))
    }

    package mutating func childStartFailed(initiated: Int64) {
        add(
            .startChildWorkflowExecutionFailed,
            .startChildWorkflowExecutionFailedEventAttributes(
                .with {
                    $0.initiatedEventID = initiated
                    $0.cause = .workflowAlreadyExists
                }))
    }

    package mutating func signaled(_ name: String, _ value: some Encodable & Sendable) throws {
        let payloads = try DataConverter.standard.payloads(encoding: value)
        add(
            .workflowExecutionSignaled,
            .workflowExecutionSignaledEventAttributes(
                .with {
                    $0.signalName = name
                    $0.input = payloads
                }))
    }

    package mutating func cancelRequested() {
        add(.workflowExecutionCancelRequested, .workflowExecutionCancelRequestedEventAttributes(.init()))
    }

    package mutating func patchMarker(_ id: String) {
        let data = Payload.with { $0.data = Data(#"{"id":"\#(id)","deprecated":false}"#.utf8) }
        add(
            .markerRecorded,
            .markerRecordedEventAttributes(
                .with {
                    $0.markerName = "core_patch"
                    $0.details = ["patch-data": .with { $0.payloads = [data] }]
                }))
    }

    /// The end of a local activity, as a worker built on Temporal's Core records it.
    package mutating func localActivityMarker(
        _ sequence: Int, type: String, activation: Int? = nil, result: some Encodable & Sendable
    ) throws {
        let index = activation.map { #","activation_index":\#($0)"# } ?? ""
        let payload = try DataConverter.standard.payload(encoding: result)
        let data = Payload.with {
            $0.data = Data(
                #"""
                {"seq":\#(sequence),"attempt":1,"activity_id":"\#(sequence)","activity_type":"\#(type)",\#
                "complete_time":null,"backoff":null,"original_schedule_time":{"seconds":\#(startTime),"nanos":0}\#(index)}
                """#.utf8)
        }
        add(
            .markerRecorded,
            .markerRecordedEventAttributes(
                .with {
                    $0.markerName = "core_local_activity"
                    $0.details = ["data": .with { $0.payloads = [data] }, "result": .with { $0.payloads = [payload] }]
                }))
    }

    package mutating func completed(result: some Encodable & Sendable = NoValue()) throws {
        let payloads = try DataConverter.standard.payloads(encoding: result)
        add(
            .workflowExecutionCompleted,
            .workflowExecutionCompletedEventAttributes(.with { $0.result = payloads }))
    }
}

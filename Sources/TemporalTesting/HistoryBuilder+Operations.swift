import Foundation
import SwiftProtobuf
package import Temporal
package import TemporalAPI

extension HistoryBuilder {
    /// The first event, as `change` makes it.
    package mutating func started(
        _ change: (inout Temporal_Api_History_V1_WorkflowExecutionStartedEventAttributes) -> Void
    ) {
        add(
            .workflowExecutionStarted,
            .workflowExecutionStartedEventAttributes(
                .with {
                    $0.attempt = 1
                    $0.originalExecutionRunID = "original-run"
                    change(&$0)
                }))
    }

    /// A completed task, with what its worker said of its SDK.
    package mutating func taskCompleted(flags: [UInt32], sdkName: String = "", sdkVersion: String = "") {
        let started = lastStartedID
        add(
            .workflowTaskCompleted,
            .workflowTaskCompletedEventAttributes(
                .with {
                    $0.startedEventID = started
                    $0.sdkMetadata.coreUsedFlags = flags
                    $0.sdkMetadata.sdkName = sdkName
                    $0.sdkMetadata.sdkVersion = sdkVersion
                }))
    }

    /// The task at which a run was reset, to go on under a new run id.
    package mutating func reset(newRunID: String) {
        add(
            .workflowTaskFailed,
            .workflowTaskFailedEventAttributes(
                .with {
                    $0.cause = .resetWorkflow
                    $0.newRunID = newRunID
                }))
    }

    package mutating func activityTimedOut(scheduled: Int64, _ type: TimeoutType, _ retryState: RetryState) {
        add(
            .activityTaskTimedOut,
            .activityTaskTimedOutEventAttributes(
                .with {
                    $0.scheduledEventID = scheduled
                    $0.failure.message = "activity \(type)"
                    $0.failure.timeoutFailureInfo.timeoutType = type
                    $0.retryState = retryState
                }))
    }

    package mutating func childFailed(initiated: Int64, _ error: any Error, _ retryState: RetryState) {
        add(
            .childWorkflowExecutionFailed,
            .childWorkflowExecutionFailedEventAttributes(
                .with {
                    $0.initiatedEventID = initiated
                    $0.failure = FailureConverter().failure(from: error)
                    $0.retryState = retryState
                }))
    }

    package mutating func childTimedOut(initiated: Int64, _ retryState: RetryState) {
        add(
            .childWorkflowExecutionTimedOut,
            .childWorkflowExecutionTimedOutEventAttributes(
                .with {
                    $0.initiatedEventID = initiated
                    $0.retryState = retryState
                }))
    }

    package mutating func childCanceled(initiated: Int64) {
        add(
            .childWorkflowExecutionCanceled,
            .childWorkflowExecutionCanceledEventAttributes(.with { $0.initiatedEventID = initiated }))
    }

    package mutating func childTerminated(initiated: Int64) {
        add(
            .childWorkflowExecutionTerminated,
            .childWorkflowExecutionTerminatedEventAttributes(.with { $0.initiatedEventID = initiated }))
    }

    @discardableResult
    package mutating func signalExternalInitiated(workflowID: String, name: String) -> Int64 {
        add(
            .signalExternalWorkflowExecutionInitiated,
            .signalExternalWorkflowExecutionInitiatedEventAttributes(
                .with {
                    $0.workflowExecution.workflowID = workflowID
                    $0.signalName = name
                }))
    }

    package mutating func externalSignaled(initiated: Int64) {
        add(
            .externalWorkflowExecutionSignaled,
            .externalWorkflowExecutionSignaledEventAttributes(.with { $0.initiatedEventID = initiated }))
    }

    package mutating func signalExternalFailed(initiated: Int64) {
        add(
            .signalExternalWorkflowExecutionFailed,
            .signalExternalWorkflowExecutionFailedEventAttributes(
                .with {
                    $0.initiatedEventID = initiated
                    $0.cause = .externalWorkflowExecutionNotFound
                }))
    }

    @discardableResult
    package mutating func cancelExternalInitiated(workflowID: String) -> Int64 {
        add(
            .requestCancelExternalWorkflowExecutionInitiated,
            .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(
                .with { $0.workflowExecution.workflowID = workflowID }))
    }

    package mutating func externalCancelRequested(initiated: Int64) {
        add(
            .externalWorkflowExecutionCancelRequested,
            .externalWorkflowExecutionCancelRequestedEventAttributes(.with { $0.initiatedEventID = initiated }))
    }

    package mutating func cancelExternalFailed(initiated: Int64) {
        add(
            .requestCancelExternalWorkflowExecutionFailed,
            .requestCancelExternalWorkflowExecutionFailedEventAttributes(
                .with {
                    $0.initiatedEventID = initiated
                    $0.cause = .externalWorkflowExecutionNotFound
                }))
    }

    package mutating func searchAttributesUpserted(_ fields: [String: Payload] = [:]) {
        add(
            .upsertWorkflowSearchAttributes,
            .upsertWorkflowSearchAttributesEventAttributes(.with { $0.searchAttributes.indexedFields = fields }))
    }

    package mutating func memoUpserted(_ fields: [String: Payload]) {
        add(
            .workflowPropertiesModified,
            .workflowPropertiesModifiedEventAttributes(.with { $0.upsertedMemo.fields = fields }))
    }

    /// A patch's marker, and the change of search attributes that goes along with it.
    package mutating func patched(_ id: String, isDeprecated: Bool = false, isListed: Bool = true) {
        let data = Payload.with { $0.data = Data(#"{"id":"\#(id)","deprecated":\#(isDeprecated)}"#.utf8) }
        add(
            .markerRecorded,
            .markerRecordedEventAttributes(
                .with {
                    $0.markerName = "core_patch"
                    $0.details = ["patch-data": .with { $0.payloads = [data] }]
                }))
        if isListed { searchAttributesUpserted(["TemporalChangeVersion": data]) }
    }
}

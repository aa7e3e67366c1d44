public import Foundation
import SwiftProtobuf
public import TemporalAPI

/// Who and where a run is. All of it comes from history, so that it is the same on every replay.
public struct WorkflowInfo: Sendable {
    /// Another workflow of the same or another namespace.
    public struct Execution: Sendable, Hashable {
        /// The id of that workflow.
        public let workflowID: String
        /// The run of that workflow.
        public let runID: String
    }

    /// The id this workflow was started with.
    public let workflowID: String
    /// This run; a workflow id has several, one after the other.
    public let runID: String
    /// The first run of the chain that retries, schedules and continue-as-new make.
    public let firstRunID: String
    /// The run that this one continues, if it does.
    public let continuedRunID: String?
    /// The run that this one's random numbers are drawn for: itself, unless it was reset.
    public let originalRunID: String
    /// The name of the workflow's type.
    public let workflowType: String
    /// Where the workflow lives.
    public let namespace: String
    /// The queue this run's workflow tasks come from.
    public let taskQueue: String
    /// From 1; more when the workflow itself has a retry policy.
    public let attempt: Int
    /// When the run started.
    public let startTime: Date
    /// The delay between the start and the first workflow task.
    public let firstTaskBackoff: Duration
    /// The whole chain of runs; nil is no limit.
    public let executionTimeout: Duration?
    /// This run; nil is no limit.
    public let runTimeout: Duration?
    /// One workflow task.
    public let taskTimeout: Duration
    /// That of the workflow itself; nil when a failed run is not followed by another.
    public let retryPolicy: RetryPolicy?
    /// When the workflow starts again and again; nil when it does not.
    public let cronSchedule: String?
    /// How the run's tasks are ranked.
    public let priority: Priority
    /// The workflow that started this one as its child.
    public let parent: Execution?
    /// The namespace of the parent.
    public let parentNamespace: String?
    /// The topmost of the parents; nil when there is none.
    public let root: Execution?
    /// The workflow id of the parent, for a child.
    public var parentWorkflowID: String? { parent?.workflowID }
    /// Who started the run.
    public let identity: String
    /// What came with the start, outside the input; for interceptors.
    public let headers: [String: Payload]
    /// What the run before this one of a schedule returned.
    public let lastCompletionResult: [Payload]
    /// How the run before this one failed.
    public let lastFailure: (any Error)?
    /// Values shown with the workflow, as of now: those of the start, with what the code changed since.
    public internal(set) var memo: [String: Payload]
    /// Values to find the workflow by, as of now: those of the start, with what the code changed since.
    public internal(set) var searchAttributes: SearchAttributes

    init(_ start: WorkflowStart, runID: String, type: String, namespace: String, taskQueue: String) {
        let attributes = start.attributes
        workflowID = start.workflowID
        self.runID = runID
        firstRunID = attributes.firstExecutionRunID.isEmpty ? runID : attributes.firstExecutionRunID
        continuedRunID = attributes.continuedExecutionRunID.nonEmpty
        originalRunID = attributes.originalExecutionRunID.isEmpty ? runID : attributes.originalExecutionRunID
        workflowType = type
        self.namespace = namespace
        self.taskQueue = attributes.hasTaskQueue ? attributes.taskQueue.name : taskQueue
        attempt = Int(attributes.attempt)
        startTime = Date(start.startTime)
        firstTaskBackoff = Duration(attributes.firstWorkflowTaskBackoff)
        executionTimeout = Self.limit(attributes.workflowExecutionTimeout)
        runTimeout = Self.limit(attributes.workflowRunTimeout)
        taskTimeout = Self.limit(attributes.workflowTaskTimeout) ?? .seconds(10)
        retryPolicy = attributes.hasRetryPolicy ? RetryPolicy(attributes.retryPolicy) : nil
        cronSchedule = attributes.cronSchedule.nonEmpty
        priority = Priority(attributes.priority)
        parent = attributes.hasParentWorkflowExecution ? Execution(attributes.parentWorkflowExecution) : nil
        parentNamespace = attributes.parentWorkflowNamespace.nonEmpty
        root = attributes.hasRootWorkflowExecution ? Execution(attributes.rootWorkflowExecution) : nil
        identity = attributes.identity
        headers = attributes.header.fields
        lastCompletionResult = attributes.lastCompletionResult.payloads
        lastFailure = attributes.hasContinuedFailure ? FailureConverter().error(from: attributes.continuedFailure) : nil
        memo = attributes.memo.fields
        searchAttributes = SearchAttributes(fields: attributes.searchAttributes.indexedFields)
    }

    private static func limit(_ duration: Google_Protobuf_Duration) -> Duration? {
        let duration = Duration(duration)
        return duration == .zero ? nil : duration
    }
}

extension WorkflowInfo.Execution {
    fileprivate init(_ execution: Temporal_Api_Common_V1_WorkflowExecution) {
        self.init(workflowID: execution.workflowID, runID: execution.runID)
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

extension RetryPolicy {
    init(_ proto: Temporal_Api_Common_V1_RetryPolicy) {
        self.init(
            initialInterval: Duration(proto.initialInterval), backoffCoefficient: proto.backoffCoefficient,
            maximumInterval: proto.hasMaximumInterval ? Duration(proto.maximumInterval) : nil,
            maximumAttempts: Int(proto.maximumAttempts), nonRetryableErrorTypes: proto.nonRetryableErrorTypes)
    }
}

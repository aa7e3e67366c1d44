import SwiftProtobuf
public import TemporalAPI

/// What the server knows of a run, without asking any worker. The properties of ``execution`` are its own, too.
@dynamicMemberLookup
public struct WorkflowDescription: Sendable, Hashable {
    /// Who and where the run is, and how it stands.
    public let execution: WorkflowExecution
    /// The limit for the whole chain of runs; nil is none.
    public let executionTimeout: Duration?
    /// The limit for one run; nil is none.
    public let runTimeout: Duration?
    /// The limit for one workflow task.
    public let taskTimeout: Duration
    /// Whether someone has asked for the run to be cancelled.
    public let isCancelRequested: Bool
    /// A line about the workflow, given with the start.
    public let summary: Payload?
    /// More about the workflow, given with the start.
    public let details: Payload?
    /// The activities that have not ended.
    public let pendingActivities: [PendingActivity]
    /// The children that have not ended.
    public let pendingChildren: [PendingChildWorkflow]
    /// The workflow task that has not ended, of which there is one at most.
    public let pendingWorkflowTask: PendingWorkflowTask?

    /// What is known of every run, read directly: `description.status`.
    public subscript<Value>(dynamicMember member: KeyPath<WorkflowExecution, Value>) -> Value {
        execution[keyPath: member]
    }

    init(_ response: Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionResponse) {
        let config = response.executionConfig
        execution = WorkflowExecution(response.workflowExecutionInfo)
        executionTimeout = config.workflowExecutionTimeout.limit
        runTimeout = config.workflowRunTimeout.limit
        taskTimeout = Duration(config.defaultWorkflowTaskTimeout)
        isCancelRequested = response.workflowExtendedInfo.cancelRequested
        summary = config.userMetadata.hasSummary ? config.userMetadata.summary : nil
        details = config.userMetadata.hasDetails ? config.userMetadata.details : nil
        pendingActivities = response.pendingActivities.map(PendingActivity.init)
        pendingChildren = response.pendingChildren.map(PendingChildWorkflow.init)
        pendingWorkflowTask =
            response.hasPendingWorkflowTask ? PendingWorkflowTask(response.pendingWorkflowTask) : nil
    }
}

extension Google_Protobuf_Duration {
    /// A limit of zero is none.
    fileprivate var limit: Duration? {
        let duration = Duration(self)
        return duration > .zero ? duration : nil
    }
}

import SwiftProtobuf
import TemporalAPI

/// What the two requests that can start a workflow have in common.
protocol StartRequest: Message {
    var namespace: String { get set }
    var identity: String { get set }
    var workflowID: String { get set }
    var workflowType: Temporal_Api_Common_V1_WorkflowType { get set }
    var taskQueue: Temporal_Api_Taskqueue_V1_TaskQueue { get set }
    var input: Payloads { get set }
    var requestID: String { get set }
    var workflowExecutionTimeout: Google_Protobuf_Duration { get set }
    var workflowRunTimeout: Google_Protobuf_Duration { get set }
    var workflowTaskTimeout: Google_Protobuf_Duration { get set }
    var workflowIDReusePolicy: Temporal_Api_Enums_V1_WorkflowIdReusePolicy { get set }
    var workflowIDConflictPolicy: Temporal_Api_Enums_V1_WorkflowIdConflictPolicy { get set }
    var retryPolicy: Temporal_Api_Common_V1_RetryPolicy { get set }
    var memo: Temporal_Api_Common_V1_Memo { get set }
    var workflowStartDelay: Google_Protobuf_Duration { get set }
    var cronSchedule: String { get set }
    var searchAttributes: Temporal_Api_Common_V1_SearchAttributes { get set }
    var priority: Temporal_Api_Common_V1_Priority { get set }
    var header: Temporal_Api_Common_V1_Header { get set }
    var userMetadata: Temporal_Api_Sdk_V1_UserMetadata { get set }
}

extension Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest: StartRequest {}
extension Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionRequest: StartRequest {}

extension StartRequest {
    init(_ call: StartWorkflowCall, client: TemporalClient) throws {
        let options = call.options
        self.init()
        namespace = client.namespace
        identity = client.identity
        workflowID = options.id
        workflowType.name = call.workflowType
        taskQueue.name = options.taskQueue
        if !call.input.payloads.isEmpty { input = call.input }
        requestID = options.requestID
        if let timeout = options.executionTimeout { workflowExecutionTimeout = .init(timeout) }
        if let timeout = options.runTimeout { workflowRunTimeout = .init(timeout) }
        if let timeout = options.taskTimeout { workflowTaskTimeout = .init(timeout) }
        workflowIDReusePolicy = options.idReusePolicy.proto
        if let policy = options.idConflictPolicy { workflowIDConflictPolicy = policy.proto }
        if let policy = options.retryPolicy { retryPolicy = try policy.checkedProto() }
        if let memo = options.memo { self.memo.fields = memo }
        if let delay = options.startDelay { workflowStartDelay = .init(delay) }
        if let schedule = options.cronSchedule { cronSchedule = schedule }
        if !options.searchAttributes.isEmpty { searchAttributes.indexedFields = options.searchAttributes.fields }
        if let priority = options.priority { self.priority = priority.proto }
        if !call.headers.isEmpty { header.fields = call.headers }
        if let summary = options.staticSummary {
            userMetadata.summary = try client.converter.payload(encoding: summary)
        }
        if let details = options.staticDetails {
            userMetadata.details = try client.converter.payload(encoding: details)
        }
    }
}

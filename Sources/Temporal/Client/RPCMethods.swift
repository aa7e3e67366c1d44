import TemporalAPI

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_GetSystemInfoRequest,
    Response == Temporal_Api_Workflowservice_V1_GetSystemInfoResponse
{
    static var getSystemInfo: Self { .init("GetSystemInfo") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_DescribeNamespaceRequest,
    Response == Temporal_Api_Workflowservice_V1_DescribeNamespaceResponse
{
    static var describeNamespace: Self { .init("DescribeNamespace") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest,
    Response == Temporal_Api_Workflowservice_V1_StartWorkflowExecutionResponse
{
    static var startWorkflowExecution: Self { .init("StartWorkflowExecution") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionRequest,
    Response == Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionResponse
{
    static var signalWithStartWorkflowExecution: Self { .init("SignalWithStartWorkflowExecution") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_SignalWorkflowExecutionRequest,
    Response == Temporal_Api_Workflowservice_V1_SignalWorkflowExecutionResponse
{
    static var signalWorkflowExecution: Self { .init("SignalWorkflowExecution") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_QueryWorkflowRequest,
    Response == Temporal_Api_Workflowservice_V1_QueryWorkflowResponse
{
    static var queryWorkflow: Self { .init("QueryWorkflow") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RequestCancelWorkflowExecutionRequest,
    Response == Temporal_Api_Workflowservice_V1_RequestCancelWorkflowExecutionResponse
{
    static var requestCancelWorkflowExecution: Self { .init("RequestCancelWorkflowExecution") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_TerminateWorkflowExecutionRequest,
    Response == Temporal_Api_Workflowservice_V1_TerminateWorkflowExecutionResponse
{
    static var terminateWorkflowExecution: Self { .init("TerminateWorkflowExecution") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionRequest,
    Response == Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionResponse
{
    static var describeWorkflowExecution: Self { .init("DescribeWorkflowExecution") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryRequest,
    Response == Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryResponse
{
    static var getWorkflowExecutionHistory: Self { .init("GetWorkflowExecutionHistory") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest,
    Response == Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueResponse
{
    static var pollWorkflowTaskQueue: Self { .init("PollWorkflowTaskQueue") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest,
    Response == Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedResponse
{
    static var respondWorkflowTaskCompleted: Self { .init("RespondWorkflowTaskCompleted") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedRequest,
    Response == Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedResponse
{
    static var respondWorkflowTaskFailed: Self { .init("RespondWorkflowTaskFailed") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RespondQueryTaskCompletedRequest,
    Response == Temporal_Api_Workflowservice_V1_RespondQueryTaskCompletedResponse
{
    static var respondQueryTaskCompleted: Self { .init("RespondQueryTaskCompleted") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_PollActivityTaskQueueRequest,
    Response == Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse
{
    static var pollActivityTaskQueue: Self { .init("PollActivityTaskQueue") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatRequest,
    Response == Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatResponse
{
    static var recordActivityTaskHeartbeat: Self { .init("RecordActivityTaskHeartbeat") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedRequest,
    Response == Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedResponse
{
    static var respondActivityTaskCompleted: Self { .init("RespondActivityTaskCompleted") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedRequest,
    Response == Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedResponse
{
    static var respondActivityTaskFailed: Self { .init("RespondActivityTaskFailed") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledRequest,
    Response == Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledResponse
{
    static var respondActivityTaskCanceled: Self { .init("RespondActivityTaskCanceled") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_ShutdownWorkerRequest,
    Response == Temporal_Api_Workflowservice_V1_ShutdownWorkerResponse
{
    static var shutdownWorker: Self { .init("ShutdownWorker") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_UpdateWorkflowExecutionRequest,
    Response == Temporal_Api_Workflowservice_V1_UpdateWorkflowExecutionResponse
{
    static var updateWorkflowExecution: Self { .init("UpdateWorkflowExecution") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_PollWorkflowExecutionUpdateRequest,
    Response == Temporal_Api_Workflowservice_V1_PollWorkflowExecutionUpdateResponse
{
    static var pollWorkflowExecutionUpdate: Self { .init("PollWorkflowExecutionUpdate") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_ExecuteMultiOperationRequest,
    Response == Temporal_Api_Workflowservice_V1_ExecuteMultiOperationResponse
{
    static var executeMultiOperation: Self { .init("ExecuteMultiOperation") }
}

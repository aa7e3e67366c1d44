import TemporalAPI

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_ResetWorkflowExecutionRequest,
    Response == Temporal_Api_Workflowservice_V1_ResetWorkflowExecutionResponse
{
    static var resetWorkflowExecution: Self { .init("ResetWorkflowExecution") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_DeleteWorkflowExecutionRequest,
    Response == Temporal_Api_Workflowservice_V1_DeleteWorkflowExecutionResponse
{
    static var deleteWorkflowExecution: Self { .init("DeleteWorkflowExecution") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_ListWorkflowExecutionsRequest,
    Response == Temporal_Api_Workflowservice_V1_ListWorkflowExecutionsResponse
{
    static var listWorkflowExecutions: Self { .init("ListWorkflowExecutions") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_CountWorkflowExecutionsRequest,
    Response == Temporal_Api_Workflowservice_V1_CountWorkflowExecutionsResponse
{
    static var countWorkflowExecutions: Self { .init("CountWorkflowExecutions") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatByIdRequest,
    Response == Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatByIdResponse
{
    static var recordActivityTaskHeartbeatByID: Self { .init("RecordActivityTaskHeartbeatById") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedByIdRequest,
    Response == Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedByIdResponse
{
    static var respondActivityTaskCompletedByID: Self { .init("RespondActivityTaskCompletedById") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedByIdRequest,
    Response == Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedByIdResponse
{
    static var respondActivityTaskFailedByID: Self { .init("RespondActivityTaskFailedById") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledByIdRequest,
    Response == Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledByIdResponse
{
    static var respondActivityTaskCanceledByID: Self { .init("RespondActivityTaskCanceledById") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_CreateScheduleRequest,
    Response == Temporal_Api_Workflowservice_V1_CreateScheduleResponse
{
    static var createSchedule: Self { .init("CreateSchedule") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_DescribeScheduleRequest,
    Response == Temporal_Api_Workflowservice_V1_DescribeScheduleResponse
{
    static var describeSchedule: Self { .init("DescribeSchedule") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_UpdateScheduleRequest,
    Response == Temporal_Api_Workflowservice_V1_UpdateScheduleResponse
{
    static var updateSchedule: Self { .init("UpdateSchedule") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_PatchScheduleRequest,
    Response == Temporal_Api_Workflowservice_V1_PatchScheduleResponse
{
    static var patchSchedule: Self { .init("PatchSchedule") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_DeleteScheduleRequest,
    Response == Temporal_Api_Workflowservice_V1_DeleteScheduleResponse
{
    static var deleteSchedule: Self { .init("DeleteSchedule") }
}

extension RPCMethod
where
    Request == Temporal_Api_Workflowservice_V1_ListSchedulesRequest,
    Response == Temporal_Api_Workflowservice_V1_ListSchedulesResponse
{
    static var listSchedules: Self { .init("ListSchedules") }
}

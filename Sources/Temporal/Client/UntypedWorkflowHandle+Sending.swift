import SwiftProtobuf
import TemporalAPI

/// The calls as they leave the last interceptor.
extension UntypedWorkflowHandle {
    func send(_ call: SignalWorkflowCall) async throws {
        let request = Temporal_Api_Workflowservice_V1_SignalWorkflowExecutionRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.workflowExecution = execution
            $0.signalName = call.name
            if !call.input.payloads.isEmpty { $0.input = call.input }
            if !call.headers.isEmpty { $0.header.fields = call.headers }
            $0.requestID = call.requestID
        }
        _ = try await finding { try await client.service.call(.signalWorkflowExecution, request, .normal) }
    }

    func send(_ call: QueryWorkflowCall) async throws -> Payloads {
        let request = Temporal_Api_Workflowservice_V1_QueryWorkflowRequest.with {
            $0.namespace = client.namespace
            $0.execution = execution
            $0.query.queryType = call.name
            if !call.input.payloads.isEmpty { $0.query.queryArgs = call.input }
            if !call.headers.isEmpty { $0.query.header.fields = call.headers }
            $0.queryRejectCondition = call.rejectCondition.proto
        }
        do {
            let callClass = call.timeout.map { CallClass.once(timeout: $0) } ?? .normal
            let response = try await finding { try await client.service.call(.queryWorkflow, request, callClass) }
            guard response.hasQueryRejected else { return response.queryResult }
            throw queryError(call.name, .rejected(.init(response.queryRejected.status)))
        } catch let error as TemporalRPCError {
            if case .queryFailed(let cause) = error.details { throw queryError(call.name, .failed(cause)) }
            switch error.code {
            case .failedPrecondition, .deadlineExceeded: throw queryError(call.name, .unanswered(error))
            default: throw error
            }
        }
    }

    func send(_ call: DescribeWorkflowCall) async throws -> WorkflowDescription {
        let request = Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionRequest.with {
            $0.namespace = client.namespace
            $0.execution = execution
        }
        return WorkflowDescription(
            try await finding { try await client.service.call(.describeWorkflowExecution, request, .normal) })
    }

    func send(_ call: CancelWorkflowCall) async throws {
        let request = Temporal_Api_Workflowservice_V1_RequestCancelWorkflowExecutionRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.workflowExecution = execution
            $0.firstExecutionRunID = firstRunID ?? ""
            $0.reason = call.reason
            $0.requestID = call.requestID
        }
        _ = try await finding { try await client.service.call(.requestCancelWorkflowExecution, request, .normal) }
    }

    func send(_ call: TerminateWorkflowCall) async throws {
        let request = Temporal_Api_Workflowservice_V1_TerminateWorkflowExecutionRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.workflowExecution = execution
            $0.firstExecutionRunID = firstRunID ?? ""
            $0.reason = call.reason
            if !call.details.payloads.isEmpty { $0.details = call.details }
        }
        _ = try await finding { try await client.service.call(.terminateWorkflowExecution, request, .normal) }
    }

    private func queryError(_ query: String, _ reason: WorkflowQueryError.Reason) -> WorkflowQueryError {
        WorkflowQueryError(workflowID: id, query: query, reason: reason)
    }
}

import TemporalAPI

extension TemporalClient {
    /// Starts a workflow, and lets a worker of the same connection have its first task with the answer if it has room.
    func startEagerly(
        _ request: Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest, isWanted: Bool
    ) async throws -> Temporal_Api_Workflowservice_V1_StartWorkflowExecutionResponse {
        guard isWanted, service.capabilities.eagerWorkflowStart, !request.hasWorkflowStartDelay,
            request.cronSchedule.isEmpty,
            let reservation = service.localWorkers?.reserve(
                namespace: request.namespace, taskQueue: request.taskQueue.name)
        else { return try await service.call(.startWorkflowExecution, request, .normal) }
        var request = request
        request.requestEagerExecution = true
        do {
            let response = try await service.call(.startWorkflowExecution, request, .normal)
            if response.hasEagerWorkflowTask {
                reservation.use(response.eagerWorkflowTask)
            } else {
                reservation.release()
            }
            return response
        } catch {
            reservation.release()
            throw error
        }
    }
}

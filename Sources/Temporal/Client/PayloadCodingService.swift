import TemporalAPI

/// Temporal's frontend behind the codecs of a ``DataConverter``: what goes out is encoded, what comes in is decoded.
///
/// Tasks for workers come in as they are, also those that come with an answer. The worker decodes them itself, because only it can fail a
/// task that cannot be decoded; for a poll, that would be an error like any other, and for a start, it would hide that there is a workflow.
struct PayloadCodingService: WorkflowService {
    private let service: any WorkflowService
    private let codecs: PayloadCodecs

    /// - Returns: `service` itself if there is nothing to encode by, or if it encodes already.
    static func wrap(_ service: any WorkflowService, _ converter: DataConverter) -> any WorkflowService {
        guard !converter.codecs.isEmpty, !(service is PayloadCodingService) else { return service }
        return PayloadCodingService(service: service, codecs: PayloadCodecs(converter.codecs))
    }

    var capabilities: ServerCapabilities { service.capabilities }
    var localWorkers: LocalWorkers? { service.localWorkers }

    func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response {
        let encoded = try await codecs.encode(request, method.name)
        let response: Response
        do {
            response = try await service.call(method, encoded, callClass)
        } catch let error as TemporalRPCError {
            throw try await decoded(error)
        }
        switch response {
        case is PollWorkflowTask, is PollActivityTask, is CompletedWorkflowTask, is StartedWorkflow: return response
        default: return try await codecs.decode(response, method.name)
        }
    }

    private func decoded(_ error: TemporalRPCError) async throws -> TemporalRPCError {
        guard case .queryFailed(let cause) = error.details, let failure = (cause as? any ReceivedFailure)?.received
        else { return error }
        let decoded = try await codecs.decode(failure, error.operation)
        return error.with(details: .queryFailed(FailureConverter().error(from: decoded)))
    }

    private typealias StartedWorkflow = Temporal_Api_Workflowservice_V1_StartWorkflowExecutionResponse
    private typealias CompletedWorkflowTask = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedResponse
}

import SwiftProtobuf
import TemporalAPI

extension TemporalRPCError.Details {
    /// Reads a serialized `google.rpc.Status`. Details that are missing, damaged or unknown are none: they never hide
    /// the error.
    init?(operation: String, statusBytes: [UInt8]) {
        guard
            !statusBytes.isEmpty, let status = try? Google_Rpc_Status(serializedBytes: statusBytes),
            let detail = status.details.first
        else { return nil }
        if let failure = try? Temporal_Api_Errordetails_V1_MultiOperationExecutionFailure(unpackingAny: detail) {
            self = .multiOperation(failure.statuses.compactMap { TemporalRPCError(operation: operation, $0) })
        } else {
            self.init(detail, message: status.message)
        }
    }

    fileprivate init?(_ detail: Google_Protobuf_Any, message: String) {
        func unpack<Detail: Message>(_ type: Detail.Type) -> Detail? {
            detail.isA(type) ? try? Detail(unpackingAny: detail) : nil
        }

        if let failure = unpack(Temporal_Api_Errordetails_V1_WorkflowExecutionAlreadyStartedFailure.self) {
            self = .workflowAlreadyStarted(runID: failure.runID, startRequestID: failure.startRequestID)
        } else if let failure = unpack(Temporal_Api_Errordetails_V1_NamespaceNotFoundFailure.self) {
            self = .namespaceNotFound(failure.namespace)
        } else if unpack(Temporal_Api_Errordetails_V1_NotFoundFailure.self) != nil {
            self = .notFound
        } else if let failure = unpack(Temporal_Api_Errordetails_V1_QueryFailedFailure.self) {
            // Older servers send no failure, only the message of the status.
            self = .queryFailed(
                failure.hasFailure
                    ? FailureConverter().error(from: failure.failure)
                    : ApplicationFailure(message, type: "QueryFailed"))
        } else if unpack(Temporal_Api_Errordetails_V1_WorkflowNotReadyFailure.self) != nil {
            self = .workflowNotReady
        } else if let failure = unpack(Temporal_Api_Errordetails_V1_ResourceExhaustedFailure.self) {
            self = .resourceExhausted(limit: "\(failure.cause)")
        } else if let failure = unpack(Temporal_Api_Errordetails_V1_PermissionDeniedFailure.self) {
            self = .permissionDenied(reason: failure.reason)
        } else if let failure = unpack(Temporal_Api_Errordetails_V1_ClientVersionNotSupportedFailure.self) {
            self = .clientVersionNotSupported(supported: failure.supportedVersions)
        } else {
            return nil
        }
    }
}

extension TemporalRPCError {
    /// What became of one of several operations.
    /// - Returns: nil if it did not fail by itself.
    fileprivate init?(
        operation: String, _ status: Temporal_Api_Errordetails_V1_MultiOperationExecutionFailure.OperationStatus
    ) {
        let detail = status.details.first
        guard status.code != 0, detail?.typeURL.hasSuffix("failure.v1.MultiOperationExecutionAborted") != true else {
            return nil
        }
        self.init(
            operation: operation, code: GRPCStatusCode(rawValue: Int(status.code)) ?? .unknown, message: status.message,
            details: detail.flatMap { Details($0, message: status.message) })
    }
}

import Foundation
import SwiftProtobuf
public import TemporalAPI

/// An activity that its worker left to be completed from elsewhere.
public struct AsyncActivityHandle: Sendable {
    enum Target: Hashable {
        case token(Data)
        case id(workflowID: String, runID: String, activityID: String)
    }

    let client: TemporalClient
    let target: Target

    /// Completes the activity.
    /// - Throws: ``ActivityNotFoundError``; ``TemporalRPCError``; ``DataConversionError``; ``PayloadCodecError``.
    public func complete<Result: Encodable>(_ result: Result) async throws {
        try await complete(payloads: client.converter.payloads(encoding: result))
    }

    /// Completes the activity without a result.
    public func complete() async throws { try await complete(NoValue()) }

    /// Completes the activity with a result that is encoded already.
    public func complete(payloads: Payloads) async throws {
        let result = payloads.payloads.isEmpty ? nil : payloads
        switch target {
        case .token(let token):
            try await call(.respondActivityTaskCompleted) {
                $0.taskToken = token
                if let result { $0.result = result }
            }
        case .id(let workflowID, let runID, let activityID):
            try await call(.respondActivityTaskCompletedByID) {
                ($0.workflowID, $0.runID, $0.activityID) = (workflowID, runID, activityID)
                if let result { $0.result = result }
            }
        }
    }

    /// Fails the attempt; the activity's retry policy decides whether there is another.
    /// - Parameter lastHeartbeatDetails: What the next attempt is to know.
    public func fail(_ error: any Error, lastHeartbeatDetails: Payloads = .init()) async throws {
        let failure = client.converter.failureConverter.failure(from: error)
        let details = lastHeartbeatDetails.payloads.isEmpty ? nil : lastHeartbeatDetails
        switch target {
        case .token(let token):
            try await call(.respondActivityTaskFailed) {
                $0.taskToken = token
                $0.failure = failure
                if let details { $0.lastHeartbeatDetails = details }
            }
        case .id(let workflowID, let runID, let activityID):
            try await call(.respondActivityTaskFailedByID) {
                ($0.workflowID, $0.runID, $0.activityID) = (workflowID, runID, activityID)
                $0.failure = failure
                if let details { $0.lastHeartbeatDetails = details }
            }
        }
    }

    /// Says that the activity has been cancelled, which its workflow must have asked for.
    public func reportCancellation(details: Payloads = .init()) async throws {
        let details = details.payloads.isEmpty ? nil : details
        switch target {
        case .token(let token):
            try await call(.respondActivityTaskCanceled) {
                $0.taskToken = token
                if let details { $0.details = details }
            }
        case .id(let workflowID, let runID, let activityID):
            try await call(.respondActivityTaskCanceledByID) {
                ($0.workflowID, $0.runID, $0.activityID) = (workflowID, runID, activityID)
                if let details { $0.details = details }
            }
        }
    }

    /// Says that the activity is alive, and how far it has come.
    /// - Throws: ``ActivityInterruptedError`` when the activity is to end; ``ActivityNotFoundError``; ``TemporalRPCError``;
    ///   ``DataConversionError``; ``PayloadCodecError``.
    public func heartbeat<Details: Encodable>(_ details: Details) async throws {
        let payloads = try client.converter.payloads(encoding: details)
        let details = payloads.payloads.isEmpty ? nil : payloads
        switch target {
        case .token(let token):
            let response = try await call(.recordActivityTaskHeartbeat) {
                $0.taskToken = token
                if let details { $0.details = details }
            }
            try check(response.cancelRequested, response.activityReset, response.activityPaused)
        case .id(let workflowID, let runID, let activityID):
            let response = try await call(.recordActivityTaskHeartbeatByID) {
                ($0.workflowID, $0.runID, $0.activityID) = (workflowID, runID, activityID)
                if let details { $0.details = details }
            }
            try check(response.cancelRequested, response.activityReset, response.activityPaused)
        }
    }

    /// Says that the activity is alive.
    public func heartbeat() async throws { try await heartbeat(NoValue()) }

    private func check(_ isCancelRequested: Bool, _ isReset: Bool, _ isPaused: Bool) throws(ActivityInterruptedError) {
        if isCancelRequested { throw ActivityInterruptedError(reason: .cancelRequested) }
        if isReset { throw ActivityInterruptedError(reason: .reset) }
        if isPaused { throw ActivityInterruptedError(reason: .paused) }
    }

    @discardableResult
    private func call<Request: ActivityRequest, Response>(
        _ method: RPCMethod<Request, Response>, _ fill: (inout Request) -> Void
    ) async throws -> Response {
        var request = Request()
        fill(&request)
        request.namespace = client.namespace
        request.identity = client.identity
        do {
            return try await client.service.call(method, request, .normal)
        } catch let error as TemporalRPCError where error.isNotFound {
            throw ActivityNotFoundError(message: error.message)
        }
    }
}

/// What all calls about an activity have in common.
private protocol ActivityRequest: Message, Sendable {
    var namespace: String { get set }
    var identity: String { get set }
}

extension Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedRequest: ActivityRequest {}
extension Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedByIdRequest: ActivityRequest {}
extension Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedRequest: ActivityRequest {}
extension Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedByIdRequest: ActivityRequest {}
extension Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledRequest: ActivityRequest {}
extension Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledByIdRequest: ActivityRequest {}
extension Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatRequest: ActivityRequest {}
extension Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatByIdRequest: ActivityRequest {}

import Foundation
import Logging
import SwiftProtobuf
import TemporalAPI

extension Worker {
    /// Tells the server how an attempt ended.
    /// - Parameter unsent: heartbeat details the server may not have.
    func report(
        _ result: Result<Payloads, any Error>, of context: ActivityContext, token: Data,
        reason: ActivityCancellationReason?, unsent: Payloads?
    ) async {
        // The server no longer knows the attempt.
        if reason == .gone || reason == .timedOut { return }
        do {
            switch result {
            case .success(let payloads):
                try await complete(token, payloads, of: context)
            case .failure(is CompleteAsync): break
            case .failure(let error) where error.isCancellation && reason == .cancelRequested:
                try await cancel(token, of: context, details: (error as? CanceledFailure)?.details ?? [])
            case .failure(let error):
                let reported = Self.reportable(error, reason)
                context.logger.debug("activity failed: \(reported)")
                try await fail(token, reported, of: context, unsent: unsent)
            }
        } catch let error as TemporalRPCError where error.isNotFound {
            context.logger.warning("the activity ended too late: the server has given up on this attempt")
        } catch {
            // The server times the attempt out and has it tried again; activities are idempotent.
            context.logger.warning("activity result not reported: \(error)")
        }
    }

    private func complete(_ token: Data, _ payloads: Payloads, of context: ActivityContext) async throws {
        do {
            _ = try await service.call(
                .respondActivityTaskCompleted,
                .with {
                    $0.taskToken = token
                    $0.identity = identity
                    $0.namespace = namespace
                    if let versionStamp { $0.workerVersion = versionStamp }
                    if !payloads.payloads.isEmpty { $0.result = payloads }
                }, .normal)
            noteCompleted(context.info)
        } catch let error as TemporalRPCError where error.isMessageTooLarge {
            try await fail(token, Self.tooLarge("result", error), of: context, unsent: nil, "GrpcMessageTooLarge")
        } catch let error as PayloadCodecError {
            try await fail(token, error, of: context, unsent: nil)
        }
    }

    private func cancel(_ token: Data, of context: ActivityContext, details: [Payload]) async throws {
        do {
            _ = try await service.call(
                .respondActivityTaskCanceled,
                .with {
                    $0.taskToken = token
                    $0.identity = identity
                    $0.namespace = namespace
                    if let versionStamp { $0.workerVersion = versionStamp }
                    if !details.isEmpty { $0.details.payloads = details }
                }, .normal)
            metrics.count(.activityExecutionCancelled, context.info.labels)
        } catch let error as TemporalRPCError where error.isMessageTooLarge {
            try await fail(token, Self.tooLarge("cancellation", error), of: context, unsent: nil, "GrpcMessageTooLarge")
        }
    }

    private func fail(
        _ token: Data, _ error: any Error, of context: ActivityContext, unsent: Payloads?,
        _ reason: String = "ActivityError"
    ) async throws {
        let failure = converter.failureConverter.failure(from: error)
        noteFailed(context.info, failure, reason)
        let carriesHeartbeat = service.capabilities.activityFailureIncludeHeartbeat
        if let unsent, !carriesHeartbeat { try await flush(token, unsent) }
        do {
            try await sendFailure(of: token, failure, unsent: carriesHeartbeat ? unsent : nil)
        } catch let error as TemporalRPCError where error.isMessageTooLarge {
            let failure = converter.failureConverter.failure(from: Self.tooLarge("failure", error))
            try await sendFailure(of: token, failure, unsent: nil)
        }
    }

    /// Another attempt would come to the same; the server, too, never tries again what is larger than it takes.
    private static func tooLarge(_ what: String, _ error: TemporalRPCError) -> ApplicationFailure {
        ApplicationFailure(
            "the activity's \(what) is too large to be sent: \(error.message)", type: "PayloadTooLarge",
            isNonRetryable: true)
    }

    private func sendFailure(of token: Data, _ failure: Failure, unsent: Payloads?) async throws {
        _ = try await service.call(
            .respondActivityTaskFailed,
            .with {
                $0.taskToken = token
                $0.identity = identity
                $0.namespace = namespace
                if let versionStamp { $0.workerVersion = versionStamp }
                $0.failure = failure
                if let unsent { $0.lastHeartbeatDetails = unsent }
            }, .normal)
    }

    /// The next attempt is to know how far this one came.
    private func flush(_ token: Data, _ details: Payloads) async throws {
        do {
            _ = try await service.call(
                .recordActivityTaskHeartbeat,
                .with {
                    $0.taskToken = token
                    $0.identity = identity
                    $0.namespace = namespace
                    $0.details = details
                }, .normal)
        } catch let error as TemporalRPCError where !error.isNotFound {
            logger.warning("the last heartbeat of a failed activity is lost: \(error)")
        }
    }

    /// The server never tries a cancelled activity again, so a cancellation that its workflow did not ask for must not look like one.
    private static func reportable(_ error: any Error, _ reason: ActivityCancellationReason?) -> any Error {
        guard error.isCancellation else { return error }
        return switch reason {
        case .workerShutdown:
            ApplicationFailure("the worker shut down before the activity ended", type: "WorkerShutdown")
        case .paused: ApplicationFailure("the activity was paused", type: "ActivityPause")
        case .reset: ApplicationFailure("the activity was reset", type: "ActivityReset")
        default: ApplicationFailure("the attempt was cancelled: \(error)", type: "CancellationError")
        }
    }
}

import Metrics
import SwiftProtobuf
import Synchronization
import TemporalAPI

/// Makes calls of Temporal's `WorkflowService` on a channel: adds the headers, sets the deadlines, tries again.
final class RPCCaller: Sendable {
    let channel: GRPCChannel
    private let configuration: Mutex<(current: TemporalConnection.Configuration, metadata: GRPCMetadata)>
    private let limits: TemporalConnection.CallLimits
    private let metrics: SDKMetrics

    init(_ configuration: TemporalConnection.Configuration) throws(GRPCError) {
        channel = try GRPCChannel(target: configuration.target, security: configuration.security)
        limits = configuration.limits
        metrics = SDKMetrics(
            factory: configuration.metricsFactory ?? MetricsSystem.factory,
            common: [.namespace: configuration.namespace])
        self.configuration = Mutex((configuration, configuration.metadata))
    }

    /// Attempts from now on carry this key.
    func setAPIKey(_ key: String?) {
        configuration.withLock {
            $0.current.apiKey = key
            $0.metadata = $0.current.metadata
        }
    }

    func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response {
        switch callClass {
        case .normal:
            return try await call(method, request, timeout: limits.callTimeout, retries: limits.callRetries)
        case .longPoll:
            return try await call(
                method, request, timeout: limits.longPollTimeout, retries: limits.callRetries, isLong: true)
        case .workerPoll(let timeout, let onFailure):
            return try await call(
                method, request, timeout: timeout ?? limits.longPollTimeout, retries: limits.pollRetries,
                isLong: true, isTimeoutEmpty: true, onFailure: onFailure)
        case .bounded(let limit):
            var retries = limits.callRetries
            retries.maximumElapsed = retries.maximumElapsed.map { min($0, limit) } ?? limit
            return try await call(method, request, timeout: min(limit, limits.callTimeout), retries: retries)
        case .once(let timeout):
            return try await call(method, request, timeout: timeout, retries: nil)
        }
    }

    func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, timeout: Duration, retries: RPCRetryPolicy?,
        isLong: Bool = false, isTimeoutEmpty: Bool = false, onFailure: (@Sendable (GRPCStatusCode) -> Void)? = nil
    ) async throws -> Response {
        let bytes: [UInt8]
        do {
            bytes = try request.serializedBytes()
        } catch {
            throw TemporalRPCError(
                operation: method.name, code: .invalidArgument, message: "the request cannot be encoded: \(error)")
        }
        let response = try await send(
            bytes, to: method.name, metrics.isCollected ? labels(method.name, request) : [:], timeout: timeout,
            retries: retries, isLong: isLong, isTimeoutEmpty: isTimeoutEmpty, onFailure: onFailure)
        return try response.map { try decode($0, of: method) } ?? Response()
    }

    /// Nothing in here depends on the types of the messages, so it is compiled once rather than looked up for each call.
    /// - Parameters:
    ///   - timeout: The deadline of each attempt.
    ///   - retries: Nil makes one attempt.
    ///   - isLong: Whether the server holds the call open until there is something to say.
    ///   - isTimeoutEmpty: Whether an attempt that lasted until its deadline is an empty response rather than a
    ///     failure.
    ///   - onFailure: Hears of each failed attempt.
    /// - Returns: Nil for such an empty response.
    private func send(
        _ request: [UInt8], to operation: String, _ labels: SDKMetrics.Labels, timeout: Duration,
        retries: RPCRetryPolicy?, isLong: Bool, isTimeoutEmpty: Bool,
        onFailure: (@Sendable (GRPCStatusCode) -> Void)?
    ) async throws -> GRPCResponse? {
        var attempt = 0
        var firstFailure: ContinuousClock.Instant?
        while true {
            let start = ContinuousClock.now
            metrics.count(isLong ? .longRequest : .request, labels)
            defer { metrics.record(isLong ? .longRequest : .request, .now - start, labels) }
            do throws(GRPCError) {
                return try await channel.unary(
                    method: "/temporal.api.workflowservice.v1.WorkflowService/\(operation)", request: request,
                    metadata: configuration.withLock(\.metadata), timeout: timeout)
            } catch {
                try Task.checkCancellation()
                let now = ContinuousClock.now
                // Half the time tells a poll that ran out from a proxy that says so at once, again and again.
                if isTimeoutEmpty, error.code == .deadlineExceeded, start.duration(to: now) >= timeout / 2 {
                    return nil
                }
                metrics.count(
                    isLong ? .longRequestFailure : .requestFailure,
                    [.operation: operation, .statusCode: error.code.description])
                onFailure?(error.code)
                attempt += 1
                firstFailure = firstFailure ?? now
                let decision = retries?.decision(
                    after: error, attempt: attempt, elapsed: (firstFailure ?? now).duration(to: now),
                    jitterFraction: .random(in: 0...1))
                guard case .retry(let delay) = decision else {
                    throw TemporalRPCError(operation: operation, error)
                }
                try await Task.sleep(for: delay)
            }
        }
    }

    private func labels(_ operation: String, _ request: any Message) -> SDKMetrics.Labels {
        let taskQueue: Temporal_Api_Taskqueue_V1_TaskQueue? =
            switch request {
            case let poll as Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest: poll.taskQueue
            case let poll as Temporal_Api_Workflowservice_V1_PollActivityTaskQueueRequest: poll.taskQueue
            case let start as Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest: start.taskQueue
            default: nil
            }
        guard let taskQueue else { return [.operation: operation] }
        // The name of a sticky queue is made up anew by each worker.
        let name = taskQueue.normalName.isEmpty ? taskQueue.name : taskQueue.normalName
        return [.operation: operation, .taskQueue: name]
    }

    private func decode<Request, Response>(
        _ response: GRPCResponse, of method: RPCMethod<Request, Response>
    ) throws -> Response {
        do {
            return try Response(serializedBytes: response.message)
        } catch {
            throw TemporalRPCError(
                operation: method.name, code: .internal, message: "the response cannot be decoded: \(error)")
        }
    }
}

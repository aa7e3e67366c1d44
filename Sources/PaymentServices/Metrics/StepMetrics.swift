import Metrics
public import Temporal
public import TemporalAPI

/// Counts and times the steps of sagas: each attempt of an activity, a local one included, whatever came of it.
///
/// Register it with the worker. It sees attempts as they are made, and never those a replay goes over again.
public struct StepMetrics: WorkerInterceptor {
    static let duration = "payment_saga_step_duration_seconds"

    public init() {}

    public func executeActivity(
        _ call: ExecuteActivityCall, next: (ExecuteActivityCall) async throws -> Payloads
    ) async throws -> Payloads {
        let step = call.context.info.activityType
        let start = ContinuousClock.now
        do {
            let answer = try await next(call)
            Self.record(step, "succeeded", since: start)
            return answer
        } catch {
            Self.record(step, error is CancellationError ? "cancelled" : "failed", since: start)
            throw error
        }
    }

    private static func record(_ step: String, _ result: String, since start: ContinuousClock.Instant) {
        Timer(label: duration, dimensions: [("step", step), ("result", result)], preferredDisplayUnit: .seconds)
            .record(duration: .now - start)
    }
}

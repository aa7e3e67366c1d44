import SwiftProtobuf
import TemporalAPI

extension WorkflowContext {
    /// Runs an activity in the very worker that drives this workflow, without a task queue, and waits for its result.
    ///
    /// For short work: it costs one event where an ordinary activity costs three and a round trip. While it runs, the workflow task stays
    /// open; work that takes longer than that keeps the task alive by answering it now and then. If the worker is lost, it is run again.
    /// It cannot heartbeat, and is told of cancellation at once.
    /// - Throws: ``ActivityFailure``, whose cause says why; `CancellationError` when the task was cancelled before it was asked for, or
    ///   between two attempts that a durable timer separates; ``InvalidOptionError``.
    public func executeLocal<Input, Output>(
        _ activity: ActivityType<Input, Output>, _ input: Input, options: LocalActivityOptions
    ) async throws -> Output {
        var schedule = ScheduleLocalActivity(
            type: activity.name, input: try converter.payloads(encoding: input), options: options, attempt: 0,
            originalScheduleTime: nil)
        try intercept(&schedule) { try $0.scheduleLocalActivity(&$1, self) }
        try schedule.options.check(for: schedule.type)
        while true {
            let sequence = operations.nextSequence(.activity)
            let resolution = try await wait(for: .init(.activity, sequence)) {
                self.ask(.scheduleLocalActivity(sequence: sequence, schedule))
            }
            guard case .backoff(let backoff) = resolution else { return try decode(resolution) }
            try await sleep(for: backoff.delay)
            schedule.attempt = backoff.attempt
            schedule.originalScheduleTime = backoff.originalScheduleTime
        }
    }
}

public import Logging
import TemporalAPI

/// What an activity can know about itself, and its way to say that it is alive. All of ``info`` can be read directly: `context.attempt`.
@dynamicMemberLookup
public struct ActivityContext: Sendable {
    /// What is known of this attempt.
    public let info: ActivityInfo
    private let worker: Logger
    let converter: DataConverter
    let heartbeats: HeartbeatReporter
    let cancellation: ActivityCancellation

    init(
        info: ActivityInfo, logger: Logger, converter: DataConverter, heartbeats: HeartbeatReporter,
        cancellation: ActivityCancellation
    ) {
        self.info = info
        self.converter = converter
        self.heartbeats = heartbeats
        self.cancellation = cancellation
        worker = logger
    }

    /// Logs with the activity's identity. Made when asked for: handlers of logs spend a while on metadata that most activities never need.
    public var logger: Logger {
        var logger = worker
        logger[metadataKey: "activity_type"] = "\(info.activityType)"
        logger[metadataKey: "activity_id"] = "\(info.activityID)"
        logger[metadataKey: "workflow_id"] = "\(info.workflowID)"
        logger[metadataKey: "run_id"] = "\(info.runID)"
        logger[metadataKey: "attempt"] = "\(info.attempt)"
        return logger
    }

    /// What is known of this attempt, read directly: `context.attempt`.
    public subscript<Value>(dynamicMember member: KeyPath<ActivityInfo, Value>) -> Value { info[keyPath: member] }

    /// Why the Swift task of this activity was cancelled; nil while it was not.
    public var cancellationReason: ActivityCancellationReason? { cancellation.reason }

    /// Says that the activity is alive, and how far it has come. Calls may be as frequent as wanted: they are throttled.
    ///
    /// Cancellation by the server reaches the activity only by way of heartbeats, as cancellation of the Swift task.
    public func heartbeat<Details: Encodable & Sendable>(_ details: Details) async throws {
        await heartbeats.report(try converter.payloads(encoding: details))
    }

    /// Says that the activity is alive.
    public func heartbeat() async { await heartbeats.report(Payloads()) }
}

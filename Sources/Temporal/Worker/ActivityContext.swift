public import Foundation
public import TemporalAPI

/// What an activity can know about itself, and its way to say that it is alive.
public struct ActivityContext: Sendable {
    public let activityType: String
    public let activityID: String
    public let workflowID: String
    public let runID: String
    /// From 1.
    public let attempt: Int
    /// When this attempt must have ended; nil without a limit.
    public let deadline: Date?
    /// What an earlier attempt reported last.
    public let lastHeartbeatDetails: [Payload]
    /// True when the activity runs in the worker that drives its workflow. It cannot heartbeat then, and needs not.
    public internal(set) var isLocal = false
    let converter: DataConverter
    let heartbeats: HeartbeatReporter

    /// Says that the activity is alive, and how far it has come. Calls may be as frequent as wanted: they are throttled.
    ///
    /// Cancellation of the activity reaches it only by way of heartbeats, as cancellation of the Swift task.
    public func heartbeat<Details: Encodable & Sendable>(_ details: Details) async throws {
        await heartbeats.report(try converter.payloads(encoding: details))
    }

    /// Says that the activity is alive.
    public func heartbeat() async { await heartbeats.report(Payloads()) }
}

import Foundation
import Temporal

/// The activities all scenarios share.
enum Shared {
    static let echo = ActivityType<String, String>("echo")
    static let nothing = ActivityType<NoValue, NoValue>("nothing")
    /// Fails as often as it is told to, and then says which attempt it was.
    static let fail = ActivityType<FailureRequest, String>("fail")
    /// Ends when its gate is opened, or as it is told to when it is cancelled.
    static let hold = ActivityType<HoldRequest, String>("hold")
    /// Fails once, and then tells how far it had come.
    static let resume = ActivityType<NoValue, String>("resume")

    static var activities: Activities {
        var activities = Activities()
        activities.register(echo) { word, _ in word }
        activities.register(nothing) { _, _ in NoValue() }
        activities.register(fail) { request, context in
            guard context.attempt <= request.times else { return "attempt \(context.attempt)" }
            throw request.error
        }
        activities.register(hold) { request, context in
            Gates.open(context.workflowID, request.gate + "-began")
            if let details = request.details { try await context.heartbeat(details) }
            do {
                while !Gates.isOpen(context.workflowID, request.gate) {
                    if request.heartbeats ?? false { await context.heartbeat() }
                    try await Task.sleep(for: .milliseconds(10))
                }
            } catch let error as CancellationError {
                switch request.onCancel {
                case "complete": return "completed anyway"
                case "fail":
                    throw ApplicationFailure("failed on being cancelled", type: "Stubborn", isNonRetryable: true)
                default: throw error
                }
            }
            return request.gate
        }
        activities.register(resume) { _, context in
            if let details = context.lastHeartbeatDetails.first {
                return try "from \(DataConverter.standard.decode(Int.self, from: details))"
            }
            try await context.heartbeat(7)
            throw ApplicationFailure("not yet", type: "NotYet")
        }
        return activities
    }
}

struct FailureRequest: Codable {
    var message = "it failed"
    var type = "Flaw"
    var times = 1
    var isNonRetryable: Bool?
    var details: [String] = []
    var nextRetryMilliseconds: Int?

    var error: any Error {
        guard type != "Bug" else { return Bug(message) }
        return ApplicationFailure(
            message, type: type, isNonRetryable: isNonRetryable ?? false,
            details: details.compactMap { try? DataConverter.standard.payload(encoding: $0) },
            nextRetryDelay: nextRetryMilliseconds.map { .milliseconds($0) })
    }
}

struct HoldRequest: Codable {
    var gate: String
    var heartbeats: Bool?
    /// Reported with a first heartbeat.
    var details: String?
    /// What to do when cancelled: "complete", "fail", or else what activities do that do not care.
    var onCancel: String?

    init(_ gate: String, heartbeats: Bool? = nil, details: String? = nil, onCancel: String? = nil) {
        self.gate = gate
        self.heartbeats = heartbeats
        self.details = details
        self.onCancel = onCancel
    }
}

/// Not a failure of the SDK's own.
struct Bug: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

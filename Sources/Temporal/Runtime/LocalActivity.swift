package import SwiftProtobuf
import TemporalAPI

/// A local activity to be run here and now.
package struct LocalActivityRequest: Sendable {
    package var sequence: Int
    package var schedule: ScheduleLocalActivity
}

/// How a local activity ended, as whoever ran it tells it.
package struct LocalActivityResolution: Sendable {
    package var sequence: Int
    /// The number of the last attempt.
    package var attempt: Int
    package var result: OperationResult
    /// From being asked for to this end.
    package var runtime: Duration
    /// The delay before the next attempt, when it is too long to be waited for within workflow tasks.
    package var backoff: Duration?
    package var originalScheduleTime: Google_Protobuf_Timestamp?

    package init(
        sequence: Int, attempt: Int = 1, result: OperationResult, runtime: Duration = .zero, backoff: Duration? = nil,
        originalScheduleTime: Google_Protobuf_Timestamp? = nil
    ) {
        self.sequence = sequence
        self.attempt = attempt
        self.result = result
        self.runtime = runtime
        self.backoff = backoff
        self.originalScheduleTime = originalScheduleTime
    }
}

/// What workflow code is told of a local activity.
package enum LocalActivityResult {
    case ended(OperationResult)
    /// Another attempt is due, but only after a durable timer.
    case backoff(LocalActivityBackoff)
}

/// The attempt to be asked for once a durable timer has fired.
package struct LocalActivityBackoff {
    package var attempt: Int
    package var delay: Duration
    package var originalScheduleTime: Google_Protobuf_Timestamp?
}

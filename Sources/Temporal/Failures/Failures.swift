public import TemporalAPI

/// An error that Temporal knows how to carry between workflows, activities and clients.
public protocol TemporalFailure: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for people.
    var message: String { get }
    /// The failure that led to this one.
    var cause: (any Error)? { get }
}

extension TemporalFailure {
    public var description: String {
        cause.map { "\(message): \($0)" } ?? message
    }
}

/// A failure that came from a server keeps the form it came in, so that one thrown on reaches the next reader unchanged: with
/// its stack trace, its source, and what a newer server put into it.
protocol ReceivedFailure: TemporalFailure {
    /// Nil for one made here.
    var received: Failure? { get }
}

extension TemporalFailure {
    /// Where it was thrown, in the words of the SDK that threw it; empty if nobody recorded it.
    public var stackTrace: String { (self as? any ReceivedFailure)?.received?.readable.stackTrace ?? "" }
}

/// A failure raised by application code. Activities and workflows throw it to say what kind of failure it is and whether
/// another attempt may help.
public struct ApplicationFailure: TemporalFailure, ReceivedFailure {
    public let message: String
    /// The kind of failure; retry policies list these names as non-retryable.
    public let type: String
    /// True when no further attempt may be made, whatever the retry policy says.
    public let isNonRetryable: Bool
    /// Encoded values that belong to the failure.
    public let details: [Payload]
    /// Overrides the retry policy's delay before the next attempt.
    public let nextRetryDelay: Duration?
    /// How much attention it deserves.
    public let category: Category
    public let cause: (any Error)?
    var received: Failure?

    /// How much attention a failure deserves.
    public enum Category: Sendable, Hashable {
        /// Logged and counted like any failure.
        case unspecified
        /// Expected in normal operation: logged as debug, and left out of the metrics of failures.
        case benign
    }

    /// An error to be thrown by activities and workflows.
    public init(
        _ message: String, type: String, isNonRetryable: Bool = false, details: [Payload] = [],
        nextRetryDelay: Duration? = nil, category: Category = .unspecified, cause: (any Error)? = nil
    ) {
        self.message = message
        self.type = type
        self.isNonRetryable = isNonRetryable
        self.details = details
        self.nextRetryDelay = nextRetryDelay
        self.category = category
        self.cause = cause
    }
}

/// Why the server does not try again.
public typealias RetryState = Temporal_Api_Enums_V1_RetryState

/// An activity ended without a result; ``cause`` says why.
public struct ActivityFailure: TemporalFailure, ReceivedFailure {
    public let message: String
    /// The name of the activity.
    public let activityType: String
    /// The activity's id within its run.
    public let activityID: String
    /// The event of history that asks for it.
    public let scheduledEventID: Int64
    /// The event of history that begins its last attempt; 0 if there was none.
    public let startedEventID: Int64
    /// The worker that had the last attempt; empty if nobody said.
    public let identity: String
    /// Why there is no further attempt.
    public let retryState: RetryState
    public let cause: (any Error)?
    var received: Failure?
}

/// A child workflow ended without a result; ``cause`` says why.
public struct ChildWorkflowFailure: TemporalFailure, ReceivedFailure {
    public let message: String
    /// The child's namespace.
    public let namespace: String
    /// The child's id.
    public let workflowID: String
    /// The child's run; empty if it was never started.
    public let runID: String
    /// The name of the child's type.
    public let workflowType: String
    /// The event of the parent's history that asks for the child.
    public let initiatedEventID: Int64
    /// The event of the parent's history that tells of its start; 0 if there was none.
    public let startedEventID: Int64
    /// Why there is no further run.
    public let retryState: RetryState
    public let cause: (any Error)?
    var received: Failure?
}

/// Which limit was exceeded.
public typealias TimeoutType = Temporal_Api_Enums_V1_TimeoutType

/// A time limit ran out.
public struct TimeoutFailure: TemporalFailure, ReceivedFailure {
    public let message: String
    /// Which limit it was.
    public let type: TimeoutType
    /// What the activity reported last with a heartbeat.
    public let lastHeartbeatDetails: [Payload]
    public let cause: (any Error)?
    var received: Failure?
}

/// The operation was cancelled.
public struct CanceledFailure: TemporalFailure, ReceivedFailure {
    public let message: String
    /// Encoded values that belong to the cancellation.
    public let details: [Payload]
    /// Who asked for it; empty if nobody said.
    public let identity: String
    public let cause: (any Error)?
    var received: Failure?

    /// Says that work was cancelled, where Swift's `CancellationError` would not say enough.
    public init(_ message: String, details: [Payload] = [], identity: String = "", cause: (any Error)? = nil) {
        self.message = message
        self.details = details
        self.identity = identity
        self.cause = cause
    }
}

/// The workflow was terminated from outside.
public struct TerminatedFailure: TemporalFailure, ReceivedFailure {
    public let message: String
    /// Who did it; empty if nobody said.
    public let identity: String
    /// What they left with it.
    public let details: [Payload]
    public let cause: (any Error)?
    var received: Failure?
}

/// The server itself failed.
public struct ServerFailure: TemporalFailure, ReceivedFailure {
    public let message: String
    /// True when no further attempt is made.
    public let isNonRetryable: Bool
    public let cause: (any Error)?
    var received: Failure?
}

extension Error {
    /// True when this error says that work was cancelled, itself or at the end of its chain of causes.
    var isCancellation: Bool {
        switch self {
        case is CancellationError, is CanceledFailure: true
        case let failure as ActivityFailure: failure.cause?.isCancellation ?? false
        case let failure as ChildWorkflowFailure: failure.cause?.isCancellation ?? false
        default: false
        }
    }
}

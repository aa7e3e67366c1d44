public import TemporalAPI

/// A Nexus operation ended without a result; ``cause`` says why.
public struct NexusOperationFailure: TemporalFailure, ReceivedFailure {
    public let message: String
    public let endpoint: String
    public let service: String
    public let operation: String
    /// Names the operation to its handler; empty if that answered at once.
    public let operationToken: String
    public let scheduledEventID: Int64
    public let cause: (any Error)?
    var received: Failure?
}

/// Whether a handler thinks another attempt may help.
public typealias NexusRetryBehavior = Temporal_Api_Enums_V1_NexusHandlerErrorRetryBehavior

/// The handler of a Nexus operation failed; ``cause`` says why.
public struct NexusHandlerFailure: TemporalFailure, ReceivedFailure {
    public let message: String
    /// The kind of error, as Nexus names it, such as `NOT_FOUND`.
    public let type: String
    public let retryBehavior: NexusRetryBehavior
    public let cause: (any Error)?
    var received: Failure?
}

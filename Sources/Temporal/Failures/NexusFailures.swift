public import TemporalAPI

/// A Nexus operation ended without a result; ``cause`` says why.
public struct NexusOperationFailure: TemporalFailure, ReceivedFailure {
    public let message: String
    /// The endpoint that was called.
    public let endpoint: String
    /// The service that was called.
    public let service: String
    /// The operation that was called.
    public let operation: String
    /// Names the operation to its handler; empty if that answered at once.
    public let operationToken: String
    /// The event of history that asks for the operation.
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
    /// Whether another attempt may help.
    public let retryBehavior: NexusRetryBehavior
    public let cause: (any Error)?
    var received: Failure?
}

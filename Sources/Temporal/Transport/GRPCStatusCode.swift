/// The outcome of a call, as gRPC numbers it.
public enum GRPCStatusCode: Int, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// The call succeeded.
    case ok = 0
    /// The caller, or a proxy on the way, gave the call up.
    case cancelled = 1
    /// No other code fits, or the server sent one that gRPC doesn't define.
    case unknown = 2
    /// The request is one the server can never take.
    case invalidArgument = 3
    /// The call's time ran out; the server may have carried it out all the same.
    case deadlineExceeded = 4
    /// What the call is about is not there.
    case notFound = 5
    /// What the call would make is there already.
    case alreadyExists = 6
    /// The caller is known, and may not do this.
    case permissionDenied = 7
    /// A rate limit or quota, or a message larger than either side accepts.
    case resourceExhausted = 8
    /// Something is not in the state the call needs.
    case failedPrecondition = 9
    /// Something else was going on; the call may be repeated from its beginning.
    case aborted = 10
    /// A number is beyond what there is.
    case outOfRange = 11
    /// The server doesn't know the method.
    case unimplemented = 12
    /// Something is broken on the other side.
    case `internal` = 13
    /// The server can't be reached, or refuses work for the moment.
    case unavailable = 14
    /// Data was lost or damaged for good.
    case dataLoss = 15
    /// The caller is not known: an API key or certificate is missing or wrong.
    case unauthenticated = 16

    /// The name in the gRPC specification, such as `DEADLINE_EXCEEDED`.
    public var description: String {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }
}

/// The outcome of a call, as gRPC numbers it.
public enum GRPCStatusCode: Int, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case ok = 0
    /// The caller, or a proxy on the way, gave the call up.
    case cancelled = 1
    /// No other code fits, or the server sent one that gRPC doesn't define.
    case unknown = 2
    case invalidArgument = 3
    /// The call's time ran out; the server may have carried it out all the same.
    case deadlineExceeded = 4
    case notFound = 5
    case alreadyExists = 6
    case permissionDenied = 7
    /// A rate limit or quota, or a message larger than either side accepts.
    case resourceExhausted = 8
    case failedPrecondition = 9
    case aborted = 10
    case outOfRange = 11
    /// The server doesn't know the method.
    case unimplemented = 12
    case `internal` = 13
    /// The server can't be reached, or refuses work for the moment.
    case unavailable = 14
    case dataLoss = 15
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

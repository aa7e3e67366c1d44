/// A call the server refused, or that got no answer.
public struct TemporalRPCError: Error, Sendable, CustomStringConvertible {
    /// The method of Temporal's `WorkflowService`, such as `StartWorkflowExecution`.
    public let operation: String
    /// The kind of failure, as gRPC numbers it.
    public let code: GRPCStatusCode
    /// The server's own words, or the transport's if there was no answer.
    public let message: String
    /// What the server says beyond the code; nil if nothing, or nothing known here.
    public let details: Details?
    /// True when the request or the response is larger than one side accepts, so that no retry helps.
    public let isMessageTooLarge: Bool
    /// True when this side has closed the connection, so that no further call on it can succeed.
    public let isConnectionClosed: Bool

    /// The kinds of failure that Temporal tells apart beyond the status code.
    public enum Details: Sendable {
        /// The workflow id is taken by this run, which was started with this request id.
        case workflowAlreadyStarted(runID: String, startRequestID: String)
        /// There is no namespace of this name.
        case namespaceNotFound(String)
        /// The workflow, task or other object is not there, or no longer open.
        case notFound
        /// A query's handler threw this.
        case queryFailed(any Error)
        /// No worker has run the workflow yet.
        case workflowNotReady
        /// A limit of the server, by its name in Temporal's interface, such as `rpsLimit`.
        case resourceExhausted(limit: String)
        /// The caller may not do this; the reason may be empty.
        case permissionDenied(reason: String)
        /// The server takes only these versions of a client of this name.
        case clientVersionNotSupported(supported: String)
        /// Of several operations sent together, those that failed by themselves and not because another did.
        case multiOperation([TemporalRPCError])
    }

    package init(
        operation: String, code: GRPCStatusCode, message: String, details: Details? = nil,
        isMessageTooLarge: Bool = false, isConnectionClosed: Bool = false
    ) {
        self.operation = operation
        self.code = code
        self.message = message
        self.details = details
        self.isMessageTooLarge = isMessageTooLarge
        self.isConnectionClosed = isConnectionClosed
    }

    init(operation: String, _ error: GRPCError) {
        self.init(
            operation: operation, code: error.code, message: error.message,
            details: Details(operation: operation, statusBytes: error.detailsBytes),
            isMessageTooLarge: error.isMessageTooLarge,
            isConnectionClosed: error.isChannelClosed)
    }

    func with(details: Details) -> TemporalRPCError {
        .init(
            operation: operation, code: code, message: message, details: details,
            isMessageTooLarge: isMessageTooLarge, isConnectionClosed: isConnectionClosed)
    }

    /// True when the workflow, not the namespace, is what the server does not find.
    var isNotFound: Bool {
        if case .namespaceNotFound = details { return false }
        return code == .notFound
    }

    public var description: String {
        let text =
            switch details {
            case .namespaceNotFound(let namespace):
                "the namespace \"\(namespace)\" does not exist; create it (temporal operator namespace create "
                    + "--namespace \(namespace)) or use another"
            case .permissionDenied(let reason) where !reason.isEmpty: "\(message) (\(reason))"
            case .clientVersionNotSupported(let supported): "\(message) (supported: \(supported))"
            default: message
            }
        return "\(operation): \(code): \(text)"
    }
}

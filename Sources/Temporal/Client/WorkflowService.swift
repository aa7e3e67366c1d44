package import SwiftProtobuf
package import TemporalAPI

/// One call of Temporal's `WorkflowService`, with its message types.
package struct RPCMethod<Request: Message & Sendable, Response: Message & Sendable>: Sendable {
    /// The method's name, as in the service definition.
    package let name: String

    package init(_ name: String) { self.name = name }
}

/// Temporal's frontend, as worker and client see it: the seam at which tests put a scripted server.
package protocol WorkflowService: Sendable {
    /// Calls a method, with retries as the class of the call allows.
    /// - Throws: ``TemporalRPCError``.
    func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response

    /// What the server can do beyond the first version of its interface.
    var capabilities: ServerCapabilities { get }

    /// The workers that share this service.
    var localWorkers: LocalWorkers? { get }
}

package typealias ServerCapabilities = Temporal_Api_Workflowservice_V1_GetSystemInfoResponse.Capabilities

/// How long a call may take and how it is retried.
package enum CallClass: Sendable {
    /// Answered at once: 30 s, retried with backoff for a bounded time.
    case normal
    /// Held open by the server until there is something to say: 70 s; the caller asks again.
    case longPoll
    /// A worker asking for tasks: 70 s unless given, retried for ever; failed attempts are told.
    case workerPoll(timeout: Duration? = nil, onFailure: (@Sendable (GRPCStatusCode) -> Void)? = nil)
    /// Answered at once, retried with backoff, but all of it within the given time.
    case bounded(Duration)
    /// Sent once, within the given time; for what is better lost than late.
    case once(timeout: Duration)
}

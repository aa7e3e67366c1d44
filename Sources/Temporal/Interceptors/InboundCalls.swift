public import TemporalAPI

/// One attempt of an activity on its way to its implementation.
public struct ExecuteActivityCall: Sendable {
    /// What the activity knows of itself; its ``ActivityInfo/headers`` came with the call.
    public let context: ActivityContext
    /// The encoded arguments.
    public var input: Payloads
}

/// The beginning of a run. Its input was decoded when its code was made, so it is only to be looked at.
public struct ExecuteWorkflowCall: Sendable {
    /// The run; the ``WorkflowInfo/headers`` of its info came with the start.
    public let context: WorkflowContext
    /// The encoded arguments.
    public let input: Payloads
}

/// A signal on its way to its handler.
public struct HandleSignalCall: Sendable {
    /// The run.
    public let context: WorkflowContext
    /// The signal's name.
    public let name: String
    /// The encoded arguments.
    public var input: Payloads
    /// What came with the signal beside its arguments.
    public let headers: [String: Payload]
}

/// A query on its way to its handler.
public struct HandleQueryCall: Sendable {
    /// The run.
    public let context: WorkflowContext
    /// The query's name.
    public let name: String
    /// The encoded arguments.
    public var input: Payloads
    /// What came with the query beside its arguments.
    public let headers: [String: Payload]
}

/// An update on its way to its validator or its handler.
public struct HandleUpdateCall: Sendable {
    /// The run.
    public let context: WorkflowContext
    /// Chosen by the client; the same for each repetition of the request.
    public let id: String
    /// The update's name.
    public let name: String
    /// The encoded arguments.
    public var input: Payloads
    /// What came with the update beside its arguments.
    public let headers: [String: Payload]
}

public import TemporalAPI

/// A start on its way out.
public struct StartWorkflowCall: Sendable {
    /// The name of the workflow's type.
    public var workflowType: String
    /// The encoded arguments.
    public var input: Payloads
    /// Where the workflow runs, under which id, and within which limits.
    public var options: StartWorkflowOptions
    /// What goes with the call beside its arguments, for the interceptors of workers.
    public var headers: [String: Payload] = [:]
}

/// A signal with start on its way out.
public struct SignalWithStartCall: Sendable {
    /// The start, for when no run is open. Its headers are the signal's, too.
    public var start: StartWorkflowCall
    /// The signal's name.
    public var signalName: String
    /// The signal's encoded arguments.
    public var signalInput: Payloads
}

/// A signal on its way out.
public struct SignalWorkflowCall: Sendable {
    /// The workflow that is signalled.
    public let workflowID: String
    /// The run that is signalled; nil is the current one.
    public let runID: String?
    /// The signal's name.
    public var name: String
    /// The encoded arguments.
    public var input: Payloads
    /// Signals with the same one are applied to a run once.
    public var requestID: String
    /// What goes with the call beside its arguments, for the interceptors of workers.
    public var headers: [String: Payload] = [:]
}

/// A query on its way out.
public struct QueryWorkflowCall: Sendable {
    /// The workflow that is asked.
    public let workflowID: String
    /// The run that is asked; nil is the current one.
    public let runID: String?
    /// The query's name.
    public var name: String
    /// The encoded arguments.
    public var input: Payloads
    /// Which workflows not to ask.
    public var rejectCondition: QueryRejectCondition
    /// How long to wait, once; nil is 30 s and retries.
    public var timeout: Duration?
    /// What goes with the call beside its arguments, for the interceptors of workers.
    public var headers: [String: Payload] = [:]
}

/// An update on its way out.
public struct StartUpdateCall: Sendable {
    /// The workflow that is updated.
    public let workflowID: String
    /// The run that is updated; nil is the current one.
    public let runID: String?
    /// The update's name.
    public var name: String
    /// The encoded arguments.
    public var input: Payloads
    /// Updates with the same one are the same update.
    public var id: String
    /// Which news to wait for.
    public var stage: UpdateWaitStage
    /// How long to wait; nil is no limit.
    public var timeout: Duration?
    /// What goes with the call beside its arguments, for the interceptors of workers.
    public var headers: [String: Payload] = [:]
}

/// An update with start on its way out.
public struct StartUpdateWithStartCall: Sendable {
    /// The start, for when no run is open.
    public var start: StartWorkflowCall
    /// The update's name.
    public var updateName: String
    /// The update's encoded arguments.
    public var updateInput: Payloads
    /// Updates with the same one are the same update.
    public var updateID: String
    /// Which news of the update to wait for.
    public var stage: UpdateWaitStage
    /// How long to wait; nil is no limit.
    public var timeout: Duration?
    /// What goes with the update beside its arguments, for the interceptors of workers.
    public var updateHeaders: [String: Payload] = [:]
}

/// An update, and the workflow that was there or was started for it.
public typealias StartedUpdate = (update: UntypedUpdateHandle, workflow: UntypedWorkflowHandle)

/// A request for cancellation on its way out.
public struct CancelWorkflowCall: Sendable {
    /// The workflow that is to cancel itself.
    public let workflowID: String
    /// The run that is to; nil is the current one.
    public let runID: String?
    /// Why, for those who read the history.
    public var reason: String
    /// Requests with the same one are made once.
    public var requestID: String
}

/// A termination on its way out.
public struct TerminateWorkflowCall: Sendable {
    /// The workflow that is to end.
    public let workflowID: String
    /// The run that is to end; nil is the current one.
    public let runID: String?
    /// Why, for those who read the history.
    public var reason: String
    /// Encoded values that belong to the reason.
    public var details: Payloads
}

/// A request for a description on its way out.
public struct DescribeWorkflowCall: Sendable {
    /// The workflow that is described.
    public let workflowID: String
    /// The run that is described; nil is the current one.
    public let runID: String?
}

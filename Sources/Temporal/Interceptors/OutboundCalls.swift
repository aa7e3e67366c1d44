package import SwiftProtobuf
public import TemporalAPI

/// An activity, as workflow code asks for it.
public struct ScheduleActivity: Sendable {
    /// The name of the activity's type.
    public var type: String
    /// The encoded arguments.
    public var input: Payloads
    /// The activity's limits and place.
    public var options: ActivityOptions
    /// What goes with the call beside its arguments.
    public var headers: [String: Payload] = [:]
}

/// A local activity, as workflow code asks for it.
public struct ScheduleLocalActivity: Sendable {
    /// The name of the activity's type.
    public var type: String
    /// The encoded arguments.
    public var input: Payloads
    /// The activity's limits.
    public var options: LocalActivityOptions
    /// The number of the next attempt when earlier ones were followed by a durable timer, else 0.
    package var attempt: Int
    /// When the first of all attempts was asked for; nil when this is it.
    package var originalScheduleTime: Google_Protobuf_Timestamp?
    /// What goes with the call beside its arguments.
    public var headers: [String: Payload] = [:]
}

/// A child workflow, as workflow code starts it.
public struct StartChild: Sendable {
    /// The name of the child's type.
    public var type: String
    /// The encoded arguments.
    public var input: Payloads
    /// The child's limits and place.
    public var options: ChildWorkflowOptions
    /// The child's id, which counts, whatever the options say.
    public var workflowID: String
    /// What goes with the call beside its arguments.
    public var headers: [String: Payload] = [:]
}

/// A signal to another workflow, as workflow code sends it.
public struct SignalExternal: Sendable {
    /// The workflow that is signalled.
    public var workflowID: String
    /// Empty for the run that is current.
    public var runID: String
    /// True when the workflow is a child of this one.
    public let isForChild: Bool
    /// The signal's name.
    public var name: String
    /// The encoded arguments.
    public var input: Payloads
    /// What goes with the signal beside its arguments.
    public var headers: [String: Payload] = [:]
}

/// A timer, as workflow code starts it.
public struct StartTimer: Sendable {
    /// How long to wait.
    public var duration: Duration
    /// One line for people who look at the workflow.
    public var summary: String?
}

/// The run that is to continue this one, as workflow code asks for it.
public struct ContinueAsNewCall: Sendable {
    /// The name of the new run's type.
    public var workflowType: String
    /// The encoded arguments.
    public var input: Payloads
    /// What the new run does not take over; its ``ContinueAsNewOptions/headers`` go with the call.
    public var options: ContinueAsNewOptions
}

/// What a record asks of Temporal.
public enum WorkflowCommand: Equatable, Sendable {
    /// Starts a workflow; one of that id that is there already, open or closed, was started by the same record or
    /// conflicts with it.
    case start(StartCommand)
    /// Signals a workflow, which is waited for if it isn't there yet.
    case signal(SignalCommand)
    /// Signals an open workflow, or starts it and signals that. Both name the same workflow.
    case signalWithStart(StartCommand, SignalCommand)
}

/// What a record asks of Temporal.
enum WorkflowCommand: Equatable, Sendable {
    case start(StartCommand)
    case signal(SignalCommand)
}

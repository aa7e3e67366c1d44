import SwiftProtobuf
import TemporalAPI

/// A request to cancel another workflow, made on behalf of a cancelled child; its outcome is not shown to the code.
struct CancelExternalMachine: Machine {
    enum State { case requested, initiated, done }

    private(set) var state = State.requested
    private let workflowID: String

    static func request(
        workflowID: String, runID: String, namespace: String
    ) -> (CancelExternalMachine, Command) {
        let command = Command.with {
            $0.commandType = .requestCancelExternalWorkflowExecution
            $0.requestCancelExternalWorkflowExecutionCommandAttributes = .with {
                $0.namespace = namespace
                $0.workflowID = workflowID
                $0.runID = runID
                $0.childWorkflowOnly = true
            }
        }
        return (CancelExternalMachine(workflowID: workflowID), command)
    }

    private init(workflowID: String) { self.workflowID = workflowID }

    var isFinal: Bool { state == .done }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        switch (state, event.attributes) {
        case (.requested, .requestCancelExternalWorkflowExecutionInitiatedEventAttributes): state = .initiated
        case (.initiated, .externalWorkflowExecutionCancelRequestedEventAttributes),
            (.initiated, .requestCancelExternalWorkflowExecutionFailedEventAttributes):
            state = .done
        default: throw Nondeterminism("request to cancel \(workflowID)", got: event, in: state)
        }
        return []
    }

    mutating func cancel() -> [MachineOutput] { [] }
}

import SwiftProtobuf
import TemporalAPI

/// The command that ends a run.
struct CloseMachine: Machine {
    private let expected: EventType
    private(set) var isFinal = false

    static func close(_ close: WorkflowClose) -> (CloseMachine, Command) {
        switch close {
        case .complete(let result):
            let command = Command.with {
                $0.commandType = .completeWorkflowExecution
                $0.completeWorkflowExecutionCommandAttributes = .with {
                    if !result.payloads.isEmpty { $0.result = result }
                }
            }
            return (CloseMachine(expected: .workflowExecutionCompleted), command)
        case .fail(let failure):
            let command = Command.with {
                $0.commandType = .failWorkflowExecution
                $0.failWorkflowExecutionCommandAttributes.failure = failure
            }
            return (CloseMachine(expected: .workflowExecutionFailed), command)
        case .cancel:
            let command = Command.with {
                $0.commandType = .cancelWorkflowExecution
                $0.cancelWorkflowExecutionCommandAttributes = .init()
            }
            return (CloseMachine(expected: .workflowExecutionCanceled), command)
        case .continueAsNew(let successor):
            let command = Command.with {
                $0.commandType = .continueAsNewWorkflowExecution
                $0.continueAsNewWorkflowExecutionCommandAttributes = successor
            }
            return (CloseMachine(expected: .workflowExecutionContinuedAsNew), command)
        }
    }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        guard event.eventType == expected else {
            throw Nondeterminism(
                "the code ends with \(expected), history has event \(event.eventID), \(event.eventType)")
        }
        isFinal = true
        return []
    }
}

extension Command {
    /// True for the commands that end a run; the server accepts none after the first.
    var isTerminal: Bool {
        switch commandType {
        case .completeWorkflowExecution, .failWorkflowExecution, .cancelWorkflowExecution,
            .continueAsNewWorkflowExecution:
            true
        default: false
        }
    }
}

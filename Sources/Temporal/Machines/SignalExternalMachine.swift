import SwiftProtobuf
import TemporalAPI

/// A signal sent to another workflow.
struct SignalExternalMachine: Machine {
    enum State { case requested, initiated, done }

    private(set) var state = State.requested
    let sequence: Int
    private let name: String

    static func send(sequence: Int, _ signal: SignalExternal, namespace: String) -> (SignalExternalMachine, Command) {
        let command = Command.with {
            $0.commandType = .signalExternalWorkflowExecution
            $0.signalExternalWorkflowExecutionCommandAttributes = .with {
                $0.namespace = namespace
                $0.execution.workflowID = signal.workflowID
                $0.execution.runID = signal.runID
                $0.signalName = signal.name
                if !signal.input.payloads.isEmpty { $0.input = signal.input }
                if !signal.headers.isEmpty { $0.header.fields = signal.headers }
                $0.childWorkflowOnly = signal.isForChild
            }
        }
        return (SignalExternalMachine(sequence: sequence, name: signal.name), command)
    }

    var isFinal: Bool { state == .done }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        switch (state, event.attributes) {
        case (.requested, .signalExternalWorkflowExecutionInitiatedEventAttributes):
            state = .initiated
            return []
        case (.initiated, .externalWorkflowExecutionSignaledEventAttributes):
            state = .done
            return [.job(.resolveSignalExternal(sequence: sequence, nil))]
        case (.initiated, .signalExternalWorkflowExecutionFailedEventAttributes(let attributes)):
            state = .done
            return [.job(.resolveSignalExternal(sequence: sequence, Self.failure(attributes.cause)))]
        default: throw Nondeterminism("signal \"\(name)\" to another workflow", got: event, in: state)
        }
    }

    mutating func cancel() -> [MachineOutput] {
        // What the server has been asked for can't be taken back.
        guard state == .requested else { return [] }
        state = .done
        let failure = Failure.with {
            $0.message = "Signal was cancelled before being sent"
            $0.canceledFailureInfo = .init()
        }
        return [.withdraw, .job(.resolveSignalExternal(sequence: sequence, failure))]
    }

    private static func failure(_ cause: Temporal_Api_Enums_V1_SignalExternalWorkflowExecutionFailedCause) -> Failure {
        let (type, reason) =
            switch cause {
            case .externalWorkflowExecutionNotFound: ("ExternalWorkflowExecutionNotFound", "it was not found")
            case .namespaceNotFound: ("NamespaceNotFound", "it was not found")
            case .signalCountLimitExceeded:
                ("SignalCountLimitExceeded", "The per-workflow signal limit was exceeded")
            default: ("Unspecified", "unknown")
            }
        return .with {
            $0.message = "Unable to signal external workflow because \(reason)"
            $0.applicationFailureInfo.type = type
        }
    }
}

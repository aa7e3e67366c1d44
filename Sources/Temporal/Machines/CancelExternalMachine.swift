import SwiftProtobuf
import TemporalAPI

/// A request to cancel another workflow.
struct CancelExternalMachine: Machine {
    enum State { case requested, initiated, done }

    /// On whose behalf another workflow is cancelled.
    enum Requester {
        /// The code asked for it, and waits for the outcome.
        case code(sequence: Int)
        /// A child was cancelled; the outcome is not shown to the code.
        case child(sequence: Int)
    }

    private(set) var state = State.requested
    private let requester: Requester
    private let workflowID: String

    static func request(
        for requester: Requester, _ request: CancelExternal, namespace: String
    ) -> (CancelExternalMachine, Command) {
        let command = Command.with {
            $0.commandType = .requestCancelExternalWorkflowExecution
            $0.requestCancelExternalWorkflowExecutionCommandAttributes = .with {
                $0.namespace = namespace
                $0.workflowID = request.workflowID
                $0.runID = request.runID
                if case .child = requester { $0.childWorkflowOnly = true }
                $0.reason = request.reason
            }
        }
        return (CancelExternalMachine(requester: requester, workflowID: request.workflowID), command)
    }

    var isFinal: Bool { state == .done }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        switch (state, event.attributes) {
        case (.requested, .requestCancelExternalWorkflowExecutionInitiatedEventAttributes):
            state = .initiated
            return []
        case (.initiated, .externalWorkflowExecutionCancelRequestedEventAttributes):
            state = .done
            switch requester {
            case .code(let sequence): return [.job(.resolveCancelExternal(sequence: sequence, nil))]
            case .child(let sequence): return [.childCancelRequested(sequence: sequence)]
            }
        case (.initiated, .requestCancelExternalWorkflowExecutionFailedEventAttributes(let attributes)):
            state = .done
            // A child that could not be cancelled has ended by itself, and says so by an event of its own.
            guard case .code(let sequence) = requester else { return [] }
            return [.job(.resolveCancelExternal(sequence: sequence, Self.failure(attributes.cause)))]
        default: throw Nondeterminism("request to cancel \(workflowID)", got: event, in: state)
        }
    }

    private static func failure(_ cause: Temporal_Api_Enums_V1_CancelExternalWorkflowExecutionFailedCause) -> Failure {
        let (type, reason) =
            switch cause {
            case .externalWorkflowExecutionNotFound: ("ExternalWorkflowExecutionNotFound", "not found")
            case .namespaceNotFound: ("NamespaceNotFound", "not found")
            default: ("Unspecified", "unknown")
            }
        return .with {
            $0.message = "Unable to cancel external workflow because \(reason)"
            $0.applicationFailureInfo.type = type
        }
    }
}

import Foundation
import SwiftProtobuf
public import TemporalAPI

extension UntypedWorkflowHandle {
    /// Waits until the workflow has closed, and returns its result as it was encoded.
    /// - Parameter followRuns: Whether to go on with the runs that follow the first by retry, schedule or
    ///   continue-as-new.
    /// - Throws: ``WorkflowFailedError`` with the cause; ``WorkflowContinuedAsNewError`` if there is another run and it
    ///   is not to be followed; ``WorkflowNotFoundError``; ``TemporalRPCError``; `CancellationError`.
    public func result(followRuns: Bool = true) async throws -> Payloads {
        var runID = startedRunID
        while true {
            let event = try await closeEvent(ofRun: runID)
            let end = RunEnd(event)
            if !end.newRunID.isEmpty, followRuns {
                runID = end.newRunID
                continue
            }
            switch end.outcome {
            case .completed(let result): return result
            case .failed(let cause): throw WorkflowFailedError(workflowID: id, runID: runID, cause: cause)
            case .continuedAsNew:
                throw WorkflowContinuedAsNewError(workflowID: id, runID: runID, newRunID: end.newRunID)
            }
        }
    }

    private func closeEvent(ofRun runID: String?) async throws -> HistoryEvent {
        var request = Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryRequest.with {
            $0.namespace = client.namespace
            $0.execution.workflowID = id
            $0.execution.runID = runID ?? ""
            $0.waitNewEvent = true
            $0.historyEventFilterType = .closeEvent
            $0.skipArchival = true
        }
        return try await longPolling {
            let page = try await finding {
                try await client.service.call(.getWorkflowExecutionHistory, request, .longPoll)
            }
            request.nextPageToken = page.nextPageToken
            return page.history.events.last
        }
    }
}

/// What the last event of a run says.
private struct RunEnd {
    enum Outcome {
        case completed(Payloads)
        case failed(any Error)
        case continuedAsNew
    }

    let outcome: Outcome
    /// The run that follows; empty if none does.
    let newRunID: String

    init(_ event: HistoryEvent) {
        switch event.attributes {
        case .workflowExecutionCompletedEventAttributes(let attributes):
            outcome = .completed(attributes.result)
            newRunID = attributes.newExecutionRunID
        case .workflowExecutionFailedEventAttributes(let attributes):
            outcome = .failed(FailureConverter().error(from: attributes.failure))
            newRunID = attributes.newExecutionRunID
        case .workflowExecutionTimedOutEventAttributes(let attributes):
            outcome = .failed(
                TimeoutFailure(
                    message: "the workflow timed out", type: .startToClose, lastHeartbeatDetails: [], cause: nil))
            newRunID = attributes.newExecutionRunID
        case .workflowExecutionCanceledEventAttributes(let attributes):
            outcome = .failed(CanceledFailure("the workflow was cancelled", details: attributes.details.payloads))
            newRunID = ""
        case .workflowExecutionTerminatedEventAttributes(let attributes):
            outcome = .failed(
                TerminatedFailure(
                    message: "terminated: \(attributes.reason)", identity: attributes.identity,
                    details: attributes.details.payloads, cause: nil))
            newRunID = ""
        case .workflowExecutionContinuedAsNewEventAttributes(let attributes):
            outcome = .continuedAsNew
            newRunID = attributes.newExecutionRunID
        default:
            let kind = "\(event.eventType)"
            outcome = .failed(
                ServerFailure(message: "the run ended with an unknown event \(kind)", isNonRetryable: true, cause: nil))
            newRunID = ""
        }
    }
}

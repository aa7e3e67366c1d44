import Foundation
import SwiftProtobuf
public import TemporalAPI

/// What is not to be applied again after a reset.
public typealias ResetReapplyExclusion = Temporal_Api_Enums_V1_ResetReapplyExcludeType

extension UntypedWorkflowHandle {
    /// Ends the current run, and goes on from an earlier point of it in a new one. Signals and updates that came after that point
    /// are applied again.
    /// - Parameters:
    ///   - eventID: A workflow task's completed, failed or timed-out event: what came before that task is kept.
    ///   - excluded: What came after that point and is not to be applied again.
    ///   - requestID: The same value goes out with every retry; a new UUID unless given.
    /// - Returns: A handle of the new run.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func reset(
        toEventID eventID: Int64, reason: String, excluding excluded: [ResetReapplyExclusion] = [],
        requestID: String? = nil
    ) async throws -> UntypedWorkflowHandle {
        let response = try await finding {
            try await client.service.call(
                .resetWorkflowExecution,
                .with {
                    $0.namespace = client.namespace
                    $0.identity = client.identity
                    $0.workflowExecution = execution
                    $0.reason = reason
                    $0.workflowTaskFinishEventID = eventID
                    $0.resetReapplyExcludeTypes = excluded
                    $0.requestID = requestID ?? UUID().uuidString.lowercased()
                }, .normal)
        }
        return client.handle(id: id, runID: response.runID)
    }

    /// Removes the run and its history for good; an open run is terminated first. It may take a moment.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func delete() async throws {
        _ = try await finding {
            try await client.service.call(
                .deleteWorkflowExecution,
                .with {
                    $0.namespace = client.namespace
                    $0.workflowExecution = execution
                }, .normal)
        }
    }

    /// The events of the run, oldest first.
    /// - Parameter pageSize: How many to fetch at a time; the server's default of 256 unless given.
    public func history(pageSize: Int? = nil) -> PagedSequence<HistoryEvent> {
        PagedSequence { cursor in
            let page = try await finding {
                try await client.service.call(
                    .getWorkflowExecutionHistory,
                    .with {
                        $0.namespace = client.namespace
                        $0.execution = execution
                        $0.maximumPageSize = Int32(clamping: pageSize ?? 0)
                        $0.nextPageToken = cursor
                    }, .normal)
            }
            return (page.history.events, page.nextPageToken)
        }
    }

    /// All events of the run, oldest first.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func fetchHistory() async throws -> [HistoryEvent] {
        var events: [HistoryEvent] = []
        for try await event in history() { events.append(event) }
        return events
    }
}

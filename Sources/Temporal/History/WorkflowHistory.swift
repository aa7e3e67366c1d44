import TemporalAPI

/// The recorded history of one run: what a worker needs to bring the run's code to where it was.
///
/// Fetched with ``UntypedWorkflowHandle/history()``, or read, with `TemporalTesting`, from a file that Temporal's command line, user
/// interface or an SDK exported.
public struct WorkflowHistory: Sendable, Equatable {
    /// The workflow's id. Older exports do not hold it; it is "replay" for them unless given.
    public let workflowID: String
    /// All events, oldest first.
    package let events: [HistoryEvent]

    package init(workflowID: String? = nil, events: [HistoryEvent]) {
        let recorded = events.first?.workflowExecutionStartedEventAttributes.workflowID ?? ""
        self.workflowID = workflowID ?? (recorded.isEmpty ? "replay" : recorded)
        self.events = events
    }

    /// The name of the workflow's type; empty when there is no first event.
    public var workflowType: String { started?.workflowType.name ?? "" }

    /// The run's id, as its first event tells it: after a reset, that of the run it began as.
    public var runID: String { started?.originalExecutionRunID ?? "" }

    /// The number of events.
    public var eventCount: Int { events.count }

    private var started: Temporal_Api_History_V1_WorkflowExecutionStartedEventAttributes? {
        guard case .workflowExecutionStartedEventAttributes(let attributes) = events.first?.attributes else {
            return nil
        }
        return attributes
    }
}

extension UntypedWorkflowHandle {
    /// The history of the run so far, to be kept or replayed.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func history() async throws -> WorkflowHistory {
        WorkflowHistory(workflowID: id, events: try await fetchHistory())
    }
}

extension WorkflowHandle {
    /// The history of the run so far, to be kept or replayed.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func history() async throws -> WorkflowHistory { try await untyped.history() }
}

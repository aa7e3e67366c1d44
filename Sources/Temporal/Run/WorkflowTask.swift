package import Foundation
import TemporalAPI

/// A workflow task as it came from the server, checked.
package struct WorkflowTask {
    package var token: Data
    package var workflowID: String
    package var runID: String
    package var workflowType: String
    package var attempt: Int32
    package var previousStartedEventID: Int64
    /// 0 when the task brings no new workflow task, only a question.
    package var startedEventID: Int64
    package var events: [HistoryEvent]
    package var nextPageToken: Data
    /// A query that is the whole task.
    package var query: WorkflowQuery?
    /// Queries to be answered along with the completion, in the order of their ids.
    package var queries: [WorkflowQuery]
    /// Requests for updates.
    package var messages: [ProtocolMessage]

    /// - Returns: nil when the server had no task to give.
    package init?(_ response: PollWorkflowTask) {
        guard !response.taskToken.isEmpty else { return nil }
        self.init(present: response)
    }

    /// A task from a response that has one.
    package init(present response: PollWorkflowTask) {
        token = response.taskToken
        workflowID = response.workflowExecution.workflowID
        runID = response.workflowExecution.runID
        workflowType = response.workflowType.name
        attempt = response.attempt
        previousStartedEventID = response.previousStartedEventID
        startedEventID = response.startedEventID
        events = response.history.events
        nextPageToken = response.nextPageToken
        query =
            response.hasQuery
            ? WorkflowQuery(id: "", response.query) : nil
        queries = response.queries.sorted { $0.key < $1.key }
            .map { WorkflowQuery(id: $0.key, $0.value) }
        messages = response.messages
    }

    /// True when the task brings the run's history from its beginning.
    var isFromStart: Bool { events.first?.eventID == 1 }

    /// The event after which the updates come that the task asks for; nil when it asks for none.
    var requestedAfter: Int64? {
        messages.compactMap { if case .eventID(let id)? = $0.sequencingID { id } else { nil } }.min()
    }
}

extension WorkflowQuery {
    fileprivate init(id: String, _ query: Temporal_Api_Query_V1_WorkflowQuery) {
        self.init(id: id, type: query.queryType, input: query.queryArgs, headers: query.header.fields)
    }
}

import Foundation
import SwiftProtobuf
package import Temporal
import TemporalAPI

extension HistoryBuilder {
    /// This history as a poll would bring it.
    /// - Parameters:
    ///   - token: names the task in what the worker answers.
    ///   - after: the last event the worker has already; 0 brings the whole history.
    ///   - previousStarted: the last task some worker completed.
    package func polled(
        token: String, runID: String = "run", after: Int64 = 0, previousStarted: Int64 = 0, attempt: Int32 = 1
    ) -> PollWorkflowTask {
        .with {
            $0.taskToken = Data(token.utf8)
            $0.workflowExecution.workflowID = "workflow-\(runID)"
            $0.workflowExecution.runID = runID
            $0.workflowType.name = workflowType
            $0.attempt = attempt
            $0.previousStartedEventID = previousStarted
            $0.startedEventID = lastStartedID
            $0.history.events = events.filter { $0.eventID > after }
        }
    }
}

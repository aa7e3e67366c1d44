import Temporal
import TemporalAPI
import TemporalTesting

/// Replays a whole history with our worker's machines and code.
enum OurReplay {
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// Replays the history as it would come from the server: whole, and in pages of several sizes.
    /// - Throws: ``Refusal`` when the code does not ask for what history holds.
    static func replay(_ events: [HistoryEvent], workflowID: String) async throws {
        let replayer = WorkflowReplayer(workflows: Scenario.workflows)
        let history = WorkflowHistory(workflowID: workflowID, events: events)
        for pageSize in [events.count, 3, 1] {
            let verdict = await replayer.replay(history, pageSize: pageSize).verdict
            guard verdict.isOK else { throw Refusal(description: "pages of \(pageSize) events: \(verdict)") }
        }
    }
}

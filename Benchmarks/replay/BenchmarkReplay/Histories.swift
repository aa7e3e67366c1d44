import Temporal
import TemporalTesting

/// Histories as the server would have written them.
enum Histories {
    static func sequential(activities: Int) throws -> WorkflowHistory {
        var history = HistoryBuilder(workflowType: SequentialWorkflow.workflowType)
        try history.started(input: activities)
        history.task()
        for index in 1...activities {
            let scheduled = history.activityScheduled(index, type: SequentialWorkflow.work.name)
            try history.activityCompleted(scheduled: scheduled, result: index)
            history.task()
        }
        try history.completed(result: activities * (activities + 1) / 2)
        return WorkflowHistory(workflowID: "sequential", events: history.events)
    }

    static func mixed(rounds: Int) throws -> WorkflowHistory {
        var history = HistoryBuilder(workflowType: MixedWorkflow.workflowType)
        try history.started(input: rounds)
        history.task()
        for round in 1...rounds {
            let timer = history.timerStarted(round)
            let scheduled = history.activityScheduled(round, type: SequentialWorkflow.work.name)
            try history.signaled(MixedWorkflow.proceed.name, round)
            try history.activityCompleted(scheduled: scheduled, result: round)
            history.timerFired(round, started: timer)
            history.task()
        }
        try history.completed(result: rounds * (rounds + 1) / 2)
        return WorkflowHistory(workflowID: "mixed", events: history.events)
    }

    /// Its first task, as handed to a worker.
    static func waiting() throws -> HistoryBuilder {
        var history = HistoryBuilder(workflowType: WaitingWorkflow.workflowType)
        try history.started()
        history.taskScheduledAndStarted()
        return history
    }
}

import ArgumentParser
import Foundation
import PaymentSaga
import Temporal

struct ReconciliationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconciliation",
        abstract: "Has ledger, gateway and outcome events compared again and again.",
        subcommands: [Schedule.self, Run.self])

    struct Schedule: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Creates Temporal's schedule of reconciliation, or changes it to what is given.")

        @Option(help: ArgumentHelp("How often to compare.", valueName: "time"))
        var every = DurationArgument(seconds: 3600)

        @Option(
            help: ArgumentHelp("How long after a payment began it is expected to have ended.", valueName: "time"))
        var grace = DurationArgument(seconds: 900)

        @OptionGroup var temporal: TemporalOptions

        func run() async throws {
            let state = ReconciliationState(graceMilliseconds: grace.value.wholeMilliseconds)
            let schedule = Temporal.Schedule(
                action: ScheduleAction(
                    workflowType: ReconciliationWorkflow.workflowType,
                    input: try DataConverter.standard.payloads(encoding: state),
                    workflowID: ReconciliationWorkflow.scheduleID, taskQueue: TaskQueues.settlement),
                spec: ScheduleSpec(intervals: [ScheduleInterval(every: every.value)]),
                policy: SchedulePolicy(overlap: .skip))
            try await Settings(options: temporal.given).connectToTemporal().use { client in
                do {
                    _ = try await client.createSchedule(id: ReconciliationWorkflow.scheduleID, schedule)
                    Terminal.line("created schedule \(ReconciliationWorkflow.scheduleID), every \(every.text)")
                } catch is ScheduleAlreadyExistsError {
                    try await client.scheduleHandle(id: ReconciliationWorkflow.scheduleID).update {
                        $0.action = schedule.action
                        $0.spec = schedule.spec
                    }
                    Terminal.line("schedule \(ReconciliationWorkflow.scheduleID) is every \(every.text)")
                }
            }
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has the schedule compare once at once.", discussion: "The schedule has to be there.")

        @OptionGroup var temporal: TemporalOptions

        func run() async throws {
            try await Settings(options: temporal.given).connectToTemporal().use { client in
                try await client.scheduleHandle(id: ReconciliationWorkflow.scheduleID).trigger()
                Terminal.line("triggered \(ReconciliationWorkflow.scheduleID)")
            }
        }
    }
}

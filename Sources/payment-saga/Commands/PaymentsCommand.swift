import ArgumentParser
import Foundation
import PaymentSaga
import Temporal

struct PaymentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payments",
        abstract: "Looks after payments that are stuck at a step.",
        discussion: """
            A stuck payment tries its step again by itself, ever more seldom, and blocks no other. What an operator does is \
            kept in the payment's history and status.
            """,
        subcommands: [Stuck.self, Resume.self, ForceOutcome.self])

    struct Stuck: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the payments that are stuck.")

        @OptionGroup var temporal: TemporalOptions

        func run() async throws {
            try await Settings(options: temporal.given).connectToTemporal().use { client in
                try await SearchAttributeCheck.run(client)
                var table = TextTable(columns: ["payment", "step", "attempts", "since", "error"], rightAligned: [2])
                let query = "\(PaymentAttributes.stuck.name) = true AND ExecutionStatus = 'Running'"
                for try await payment in client.listWorkflows(query) {
                    guard payment.workflowType == PaymentWorkflow.workflowType else {
                        // It has no steps, and tries on by itself.
                        table.add([payment.workflowID, payment.workflowType, "", "", ""])
                        continue
                    }
                    let handle = client.handle(for: PaymentWorkflow.self, id: payment.workflowID)
                    guard let view = try? await handle.query(PaymentWorkflow.status, timeout: .seconds(5)) else {
                        table.add([payment.workflowID, "(no worker answers)", "", "", ""])
                        continue
                    }
                    let step = view.steps.last { $0.name == view.stuckStep }
                    table.add([
                        view.paymentID, view.stuckStep ?? "", step?.attempts.map(String.init) ?? "",
                        step?.startedAt.formatted(.iso8601) ?? "", step?.error ?? "",
                    ])
                }
                Terminal.line(table.text)
            }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has a stuck payment try its step again at once, and then as often as at first.")

        @Argument(help: ArgumentHelp("The payment.", valueName: "id"))
        var id: String

        @OptionGroup var intervention: InterventionOptions
        @OptionGroup var temporal: TemporalOptions

        func run() async throws {
            try await Settings(options: temporal.given).connectToTemporal().use { client in
                let request = ResumeRequest(operatorName: intervention.operatorName, reason: intervention.reason)
                try await PaymentsCommand.send(PaymentWorkflow.resume, request, to: id, client)
            }
            Terminal.line("payment \(id) tries again")
        }
    }

    struct ForceOutcome: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "force-outcome", abstract: "Ends a stuck payment as told.",
            discussion: """
                The stuck step counts as settled by other means: see to it first. With "succeeded" nothing more is undone; \
                otherwise the steps before it still are.
                """)

        @Argument(help: ArgumentHelp("The payment.", valueName: "id"))
        var id: String

        enum Status: String, CaseIterable, ExpressibleByArgument {
            case succeeded, failed, cancelled

            var forced: PaymentStatusView.Status {
                switch self {
                case .succeeded: .succeeded
                case .failed: .failed
                case .cancelled: .cancelled
                }
            }
        }

        @Option(help: ArgumentHelp("How it ends.", valueName: "outcome"))
        var status: Status

        @OptionGroup var intervention: InterventionOptions
        @OptionGroup var temporal: TemporalOptions

        func run() async throws {
            try await Settings(options: temporal.given).connectToTemporal().use { client in
                let forced = ForcedOutcome(
                    operatorName: intervention.operatorName, status: status.forced, reason: intervention.reason)
                try await PaymentsCommand.send(PaymentWorkflow.forceOutcome, forced, to: id, client)
            }
            Terminal.line("payment \(id) ends \(status.rawValue)")
        }
    }

    private static let answerLimit = Duration.seconds(30)

    private static func send<Input>(
        _ update: UpdateType<Input, PaymentStatusView>, _ input: Input, to id: String, _ client: TemporalClient
    ) async throws {
        let payment = client.handle(for: PaymentWorkflow.self, id: id)
        do {
            _ = try await payment.executeUpdate(update, input, timeout: answerLimit)
        } catch is WorkflowNotFoundError {
            throw CommandFailure("no payment \(id) is under way", status: CommandFailure.badInput)
        } catch let error as WorkflowUpdateFailedError {
            throw CommandFailure("\(error.cause)", status: CommandFailure.badInput)
        } catch is WorkflowUpdateInterruptedError {
            throw CommandFailure(
                "payment \(id) did not answer within \(answerLimit): is a worker running?",
                status: CommandFailure.unavailable)
        }
    }
}

/// Who intervenes, and why: both are put on record.
struct InterventionOptions: ParsableArguments {
    @Option(name: .customLong("operator"), help: ArgumentHelp("Who does this; the login name unless given."))
    private var givenOperatorName: String?

    // No default of the option, which the reference of settings would show.
    var operatorName: String { givenOperatorName ?? NSUserName() }

    @Option(help: "Why; put on record.")
    var reason: String
}

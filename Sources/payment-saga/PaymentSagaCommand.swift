import ArgumentParser
import Foundation

@main
struct PaymentSagaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payment-saga",
        abstract: "Takes payments from Kafka through durable Temporal workflows, and publishes what became of them.",
        discussion: """
            An option named with a variable in brackets can be given by that environment variable too; the option wins.
            """,
        subcommands: [
            DevCommand.self, BridgeCommand.self, WorkerCommand.self, SidecarCommand.self, SimulatorsCommand.self,
            ProduceCommand.self, PaymentsCommand.self, SagaCommand.self, ReconciliationCommand.self,
            DeadLettersCommand.self, LedgerCommand.self, ReplayCommand.self, DevBrokerCommand.self,
            SuperviseCommand.self, ReferenceCommand.self,
        ]
    )

    static func main() async {
        // A write to a peer that has gone fails like any other; it does not end the process.
        signal(SIGPIPE, SIG_IGN)
        var command: any ParsableCommand
        do {
            command = try parseAsRoot()
        } catch {
            exit(withError: error)
        }
        do {
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Terminal.complain(failure.message)
            Foundation.exit(failure.status)
        } catch let status as ExitCode {
            Foundation.exit(status.rawValue)
        } catch let error where exitCode(for: error) != .failure {
            // The parser's own, which carry help or usage.
            exit(withError: error)
        } catch {
            Terminal.complain("\(error)")
            Foundation.exit(CommandFailure.general)
        }
    }
}

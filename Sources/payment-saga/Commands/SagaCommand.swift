import ArgumentParser
import Foundation
import Ledger
import PaymentSaga
import Temporal

struct SagaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "saga", abstract: "Starts sagas that are declared in files.", subcommands: [Start.self])

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Starts the saga of a file, and prints its run id and status as JSON.",
            discussion: """
                The file is checked whole before anything is started. Steps and compensations are activities that \
                `payment-saga worker` has: \(DeclaredActivities.all.map(\.name).joined(separator: ", ")).
                """)

        @Argument(help: ArgumentHelp("The saga's definition, such as Examples/order-saga.json.", valueName: "file"))
        var file: String

        @Flag(help: "Wait until the saga has ended; the exit status is 1 unless it completed.")
        var wait = false

        @OptionGroup var temporal: TemporalOptions

        func run() async throws {
            let definition = try Self.definition(file)
            try await Settings(options: temporal.given).connectToTemporal().use { client in
                let handle = try await start(definition, client)
                if wait { _ = try? await handle.result() }
                let execution = try await handle.describe().execution
                try Terminal.line(Answer(handle.id, execution).text)
                if wait, execution.status != .completed { throw ExitCode.failure }
            }
        }

        private static func definition(_ file: String) throws -> SagaDefinition {
            let json: Data
            do {
                json = try Data(contentsOf: URL(fileURLWithPath: file))
            } catch {
                throw CommandFailure("\(file): \(error.localizedDescription)", status: CommandFailure.badInput)
            }
            do {
                return try SagaDefinition(json: json) { try? Currency($0).exponent }
            } catch {
                throw CommandFailure("\(file): \(error)", status: CommandFailure.badInput)
            }
        }

        private func start(
            _ definition: SagaDefinition, _ client: TemporalClient
        ) async throws -> WorkflowHandle<DeclaredSagaWorkflow> {
            let options = StartWorkflowOptions(
                id: definition.workflowID, taskQueue: definition.taskQueue,
                executionTimeout: definition.executionTimeout, runTimeout: definition.runTimeout,
                taskTimeout: definition.taskTimeout, idReusePolicy: .rejectDuplicate)
            do {
                return try await client.startWorkflow(DeclaredSagaWorkflow.self, definition.saga, options: options)
            } catch let error as WorkflowAlreadyStartedError {
                throw CommandFailure(
                    "saga \(definition.workflowID) was started before, as run \(error.runID); "
                        + "change workflow.workflowId to start another")
            }
        }
    }

    /// What is printed.
    private struct Answer: Encodable {
        let workflowId: String
        let runId: String
        let status: String

        init(_ id: String, _ execution: WorkflowExecution) {
            workflowId = id
            runId = execution.runID
            status = execution.status.rawValue
        }

        var text: String {
            get throws {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                return String(decoding: try encoder.encode(self), as: UTF8.self)
            }
        }
    }
}

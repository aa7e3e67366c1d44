import PaymentEvents
import Temporal
import TemporalAPI

/// The real Temporal.
struct TemporalWorkflowClient: WorkflowClient {
    let client: TemporalClient

    func start(_ start: StartCommand) async throws -> Bool {
        do {
            _ = try await client.startWorkflow(
                typeName: start.workflowType, input: start.input, options: options(start, requestID: start.requestID))
            return true
        } catch is WorkflowAlreadyStartedError {
            return false
        }
    }

    func signalWithStart(_ start: StartCommand, _ signal: SignalCommand) async throws -> Bool {
        do {
            // The one request id there is guards the signal, which may come to a workflow started long ago.
            _ = try await client.signalWithStart(
                typeName: start.workflowType, input: start.input, signalName: signal.name, signalInput: signal.input,
                options: options(start, requestID: signal.requestID))
            return true
        } catch is WorkflowAlreadyStartedError {
            return false
        }
    }

    /// How long a worker that is lost with a workflow task holds it up.
    private static let taskTimeout = Duration.seconds(10)

    private func options(_ start: StartCommand, requestID: String) throws -> StartWorkflowOptions {
        StartWorkflowOptions(
            id: start.workflowID, taskQueue: start.taskQueue, requestID: requestID,
            executionTimeout: start.executionTimeout, runTimeout: start.executionTimeout, taskTimeout: Self.taskTimeout,
            idReusePolicy: .rejectDuplicate,
            memo: [ContentDigest.memoField: try DataConverter.standard.payload(encoding: start.digest)],
            searchAttributes: start.searchAttributes)
    }

    func signal(_ signal: SignalCommand) async throws -> Bool {
        do {
            try await client.handle(id: signal.workflowID)
                .signal(name: signal.name, input: signal.input, requestID: signal.requestID)
            return true
        } catch is WorkflowNotFoundError {
            return false
        }
    }

    func find(_ workflowID: String) async throws -> KnownWorkflow? {
        do {
            let description = try await client.handle(id: workflowID).describe()
            let digest = description.memo[ContentDigest.memoField]
            return KnownWorkflow(
                runID: description.runID, isOpen: description.status.isOpen,
                digest: digest.flatMap { try? DataConverter.standard.decode(String.self, from: $0) })
        } catch is WorkflowNotFoundError {
            return nil
        }
    }

    func hasReceived(_ signal: SignalCommand, runID: String) async throws -> Bool {
        do {
            return try await client.handle(id: signal.workflowID, runID: runID).fetchHistory().contains { event in
                let received = event.workflowExecutionSignaledEventAttributes
                return event.eventType == .workflowExecutionSignaled && received.signalName == signal.name
                    && received.input == signal.input
            }
        } catch is WorkflowNotFoundError {
            return false
        }
    }
}

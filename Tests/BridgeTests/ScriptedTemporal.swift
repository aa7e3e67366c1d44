import Synchronization
import Temporal

@testable import Bridge

/// A Temporal in memory that knows workflow ids and request ids, and fails or waits as told.
final class ScriptedTemporal: WorkflowClient {
    struct Workflow {
        var start: StartCommand?
        var isOpen = true
        /// In the order they came; none twice with the same request id.
        var signals: [SignalCommand] = []
    }

    enum Weather: Equatable {
        case fine
        /// Nothing is carried out.
        case unavailable
        /// Everything is carried out, and no answer comes.
        case answersLost
        case refusing
        /// Refuses what is for this workflow, and takes the rest.
        case failing(workflow: String, GRPCStatusCode)
        /// Has too much to do.
        case exhausted
        /// Every call waits for better weather.
        case standstill
    }

    private struct State {
        var weather = Weather.fine
        var workflows: [String: Workflow] = [:]
        var calls = 0
        var running = 0
        var mostRunning = 0
        /// All that were ever used, by workflow, whether carried out or not.
        var requestIDs: [String: Set<String>] = [:]
        var repetitions = 0
    }

    private let state = Mutex(State())

    var weather: Weather {
        get { state.withLock { $0.weather } }
        set { state.withLock { $0.weather = newValue } }
    }

    var calls: Int { state.withLock { $0.calls } }
    var running: Int { state.withLock { $0.running } }
    var mostRunning: Int { state.withLock { $0.mostRunning } }
    var workflows: [String: Workflow] { state.withLock { $0.workflows } }
    var requestIDs: [String: Set<String>] { state.withLock { $0.requestIDs } }
    /// How many calls came again with a request id that had been carried out.
    var repetitions: Int { state.withLock { $0.repetitions } }

    /// Makes a workflow that no record asked for.
    func add(_ id: String, _ workflow: Workflow = Workflow()) {
        state.withLock { $0.workflows[id] = workflow }
    }

    func close(_ id: String) {
        state.withLock { $0.workflows[id]?.isOpen = false }
    }

    func start(_ start: StartCommand) async throws -> Bool {
        note(start.requestID, of: start.workflowID)
        return try await call(start.workflowID) { state in
            guard let known = state.workflows[start.workflowID] else {
                state.workflows[start.workflowID] = Workflow(start: start)
                return true
            }
            state.repetitions += 1
            return known.start?.requestID == start.requestID
        }
    }

    func signal(_ signal: SignalCommand) async throws -> Bool {
        note(signal.requestID, of: signal.workflowID)
        return try await call(signal.workflowID) { state in
            guard let known = state.workflows[signal.workflowID], known.isOpen else { return false }
            if known.signals.contains(where: { $0.requestID == signal.requestID }) {
                state.repetitions += 1
            } else {
                state.workflows[signal.workflowID]?.signals.append(signal)
            }
            return true
        }
    }

    func signalWithStart(_ start: StartCommand, _ signal: SignalCommand) async throws -> Bool {
        note(signal.requestID, of: signal.workflowID)
        return try await call(signal.workflowID) { state in
            let known = state.workflows[signal.workflowID] ?? Workflow(start: start)
            guard known.isOpen else { return false }
            state.workflows[signal.workflowID] = known
            if known.signals.contains(where: { $0.requestID == signal.requestID }) {
                state.repetitions += 1
            } else {
                state.workflows[signal.workflowID]?.signals.append(signal)
            }
            return true
        }
    }

    func find(_ workflowID: String) async throws -> KnownWorkflow? {
        try await call(workflowID) { state in
            state.workflows[workflowID].map {
                KnownWorkflow(runID: "run", isOpen: $0.isOpen, digest: $0.start?.digest)
            }
        }
    }

    func hasReceived(_ signal: SignalCommand, runID: String) async throws -> Bool {
        try await call(signal.workflowID) { state in
            let signals = state.workflows[signal.workflowID]?.signals ?? []
            return signals.contains { $0.name == signal.name && $0.input == signal.input }
        }
    }

    private func note(_ requestID: String, of workflowID: String) {
        state.withLock { _ = $0.requestIDs[workflowID, default: []].insert(requestID) }
    }

    private func call<Answer: Sendable>(_ workflowID: String, _ body: (inout State) -> Answer) async throws -> Answer {
        state.withLock { state in
            state.calls += 1
            state.running += 1
            state.mostRunning = max(state.mostRunning, state.running)
        }
        defer { state.withLock { $0.running -= 1 } }
        while weather == .standstill { try await Task.sleep(for: .milliseconds(5)) }
        await randomDelay()
        return try state.withLock { state in
            switch state.weather {
            case .fine, .standstill: return body(&state)
            case .unavailable: throw TemporalRPCError(operation: "Call", code: .unavailable, message: "away")
            case .refusing: throw TemporalRPCError(operation: "Call", code: .invalidArgument, message: "bad")
            case .failing(workflowID, let code): throw TemporalRPCError(operation: "Call", code: code, message: "no")
            case .failing: return body(&state)
            case .exhausted: throw TemporalRPCError(operation: "Call", code: .resourceExhausted, message: "busy")
            case .answersLost:
                _ = body(&state)
                throw TemporalRPCError(operation: "Call", code: .deadlineExceeded, message: "no answer")
            }
        }
    }
}

/// Lets others go first, now more of them, now fewer.
func randomDelay() async {
    for _ in 0..<Int.random(in: 0..<20) { await Task.yield() }
}

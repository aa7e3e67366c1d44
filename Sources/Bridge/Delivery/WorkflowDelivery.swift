import Foundation
import Logging
import Temporal

/// Has Temporal do what a record asks for, however long that takes.
struct WorkflowDelivery: Sendable {
    let workflows: any WorkflowClient
    let governor: CallGovernor
    let backoff: Backoff
    /// How long a signal waits for its workflow to appear.
    let hold: Duration
    /// How long a record is tried that Temporal does not take while it takes others.
    let budget: Duration
    let metrics: BridgeMetrics
    let logger: Logger

    /// Returns when Temporal has acknowledged the command, now or earlier.
    ///
    /// - Throws: ``Rejection`` if it never will; `CancellationError`, after which it may have happened or not.
    func deliver(_ command: WorkflowCommand, _ calls: CallShield) async throws {
        switch command {
        case .start(let start): try await deliver(start, calls)
        case .signal(let signal):
            try await deliver(signal, calls, name: .signal) { try await workflows.signal(signal) }
        case .signalWithStart(let start, let signal):
            try await deliver(signal, calls, name: .signalWithStart) {
                try await workflows.signalWithStart(start, signal)
            }
        }
    }

    private func deliver(_ start: StartCommand, _ calls: CallShield) async throws {
        try await untilDone(start.workflowID) {
            if try await call(.start, calls, { try await workflows.start(start) }) { return true }
            // It may be gone by now, its retention being over; then the start is asked for again.
            guard let known = try await call(.find, calls, { try await workflows.find(start.workflowID) }) else {
                return false
            }
            guard known.digest == start.digest else {
                throw Rejection(.conflict, "the workflow id belongs to an earlier request with other contents")
            }
            return true
        }
    }

    private func deliver(
        _ signal: SignalCommand, _ calls: CallShield, name: BridgeMetrics.Call,
        _ send: @escaping @Sendable () async throws -> Bool
    ) async throws {
        var late: StartCommand?
        var firstUnknown: (instant: ContinuousClock.Instant, time: Date)?
        try await untilDone(signal.workflowID) {
            if try await call(name, calls, send) { return true }
            guard let known = try await call(.find, calls, { try await workflows.find(signal.workflowID) }) else {
                let since = firstUnknown ?? (.now, Date())
                firstUnknown = since
                guard since.instant.duration(to: .now) < hold else {
                    throw Rejection(
                        .unknownPayment, "no workflow of this id appeared within \(hold)", firstFailure: since.time)
                }
                return false
            }
            // An open one has appeared since the signal was sent.
            if known.isOpen { return false }
            // A record read again after the workflow took it and ended is not late.
            let hasReceived = try await call(.history, calls) {
                try await workflows.hasReceived(signal, runID: known.runID)
            }
            if hasReceived { return true }
            switch signal.whenLate {
            case .deadLetter(let reason):
                throw Rejection(reason, "the workflow had ended when the signal '\(signal.name)' came")
            case .start(let start):
                late = start
                return true
            }
        }
        if let late { try await deliver(late, calls) }
    }

    /// Repeats `step` until it returns true or there is no point in it.
    private func untilDone(_ workflowID: String, _ step: () async throws -> Bool) async throws {
        var attempt = 0
        var firstFailure: (instant: ContinuousClock.Instant, time: Date)?
        while true {
            do {
                if try await step() { return }
                attempt += 1
            } catch let rejection as Rejection {
                throw rejection
            } catch let error as TemporalRPCError where error.refusesForGood {
                throw Rejection(.refused, "Temporal refused the call: \(error)")
            } catch {
                try Task.checkCancellation()
                attempt += 1
                metrics.countRetry(after: error)
                let since = firstFailure ?? (.now, Date())
                firstFailure = since
                if CallGovernor.Outcome(error) == .failedAlone, since.instant.duration(to: .now) >= budget,
                    governor.hasSucceeded(since: since.instant)
                {
                    let text = "Temporal took others for \(budget), but not this: \(error)"
                    throw Rejection(.undeliverable, text, firstFailure: since.time)
                }
                if attempt == 1 || attempt.isMultiple(of: 10) {
                    logger.warning(
                        "Temporal does not take a record, trying on: \(error)",
                        metadata: ["workflow_id": "\(workflowID)", "attempts": "\(attempt)"])
                }
            }
            try await Task.sleep(for: backoff.delay(afterAttempt: attempt))
        }
    }

    private func call<Answer: Sendable>(
        _ name: BridgeMetrics.Call, _ calls: CallShield, _ body: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await governor.acquire()
        let start = ContinuousClock.now
        do {
            let answer = try await calls.run(body)
            governor.release(.succeeded)
            metrics.record(name, start.duration(to: .now))
            return answer
        } catch {
            governor.release(error is CancellationError ? .abandoned : CallGovernor.Outcome(error))
            throw error
        }
    }
}

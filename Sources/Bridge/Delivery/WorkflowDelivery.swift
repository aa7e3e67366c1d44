import Foundation
import Logging
import Temporal

/// Has Temporal do what a record asks for, however long that takes.
struct WorkflowDelivery: Sendable {
    let workflows: any WorkflowClient
    let slots: CallSlots
    let backoff: Backoff
    /// How long a signal waits for its workflow to appear.
    let hold: Duration
    let logger: Logger

    /// Returns when Temporal has acknowledged the command, now or earlier.
    ///
    /// - Throws: ``Rejection`` if it never will; `CancellationError`, after which it may have happened or not.
    func deliver(_ command: WorkflowCommand, _ calls: CallShield) async throws {
        switch command {
        case .start(let start): try await deliver(start, calls)
        case .signal(let signal): try await deliver(signal, calls)
        }
    }

    private func deliver(_ start: StartCommand, _ calls: CallShield) async throws {
        try await untilDone(start.workflowID) {
            if try await call(calls, { try await workflows.start(start) }) { return true }
            // It may be gone by now, its retention being over; then the start is asked for again.
            guard let known = try await call(calls, { try await workflows.find(start.workflowID) }) else {
                return false
            }
            guard known.digest == start.digest else {
                throw Rejection(.conflict, "the payment id belongs to an earlier request with other contents")
            }
            return true
        }
    }

    private func deliver(_ signal: SignalCommand, _ calls: CallShield) async throws {
        var firstUnknown: (instant: ContinuousClock.Instant, time: Date)?
        try await untilDone(signal.workflowID) {
            if try await call(calls, { try await workflows.signal(signal) }) { return true }
            guard let known = try await call(calls, { try await workflows.find(signal.workflowID) }) else {
                let since = firstUnknown ?? (.now, Date())
                firstUnknown = since
                guard since.instant.duration(to: .now) < hold else {
                    throw Rejection(
                        .unknownPayment, "no payment of this id appeared within \(hold)",
                        firstFailure: since.time)
                }
                return false
            }
            // An open one has appeared since the signal was sent.
            if known.isOpen { return false }
            // A record read again after the payment took it and ended is not late.
            if try await call(calls, { try await workflows.hasReceived(signal, runID: known.runID) }) { return true }
            throw Rejection(signal.reasonWhenLate, "the payment had ended when the signal '\(signal.name)' came")
        }
    }

    /// Repeats `step` until it returns true or there is no point in it.
    private func untilDone(_ workflowID: String, _ step: () async throws -> Bool) async throws {
        var attempt = 0
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
                if attempt == 1 || attempt.isMultiple(of: 10) {
                    logger.warning(
                        "Temporal does not answer, trying on: \(error)",
                        metadata: ["workflow": "\(workflowID)", "attempts": "\(attempt)"])
                }
            }
            try await Task.sleep(for: backoff.delay(afterAttempt: attempt))
        }
    }

    private func call<Answer: Sendable>(
        _ calls: CallShield, _ body: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await slots.acquire()
        defer { slots.release() }
        return try await calls.run(body)
    }
}

extension TemporalRPCError {
    /// Whether the fault lies in what was asked. All else, a missing permission or namespace too, can be mended while
    /// the record waits.
    fileprivate var refusesForGood: Bool { code == .invalidArgument || isMessageTooLarge }
}

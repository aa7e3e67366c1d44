import Foundation
import PaymentSaga
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Finds payments by their workflows.
struct TemporalPaymentDirectory: PaymentDirectory {
    /// How long a worker may take to answer.
    private static let queryLimit = Duration.seconds(2)
    /// How long the server may take, retries included.
    private static let callLimit = Duration.seconds(5)
    private static let checkLimit = Duration.seconds(2)

    let client: TemporalClient

    func report(on paymentID: String) async throws -> PaymentReport? {
        let payment = client.handle(for: PaymentWorkflow.self, id: paymentID)
        do {
            return PaymentReport(try await payment.query(PaymentWorkflow.status, timeout: Self.queryLimit))
        } catch is WorkflowNotFoundError {
            return nil
        } catch is WorkflowQueryError {
            // No worker, or a workflow of another type: the record tells.
        } catch is TemporalRPCError {
            // The query was tried only once; the calls that follow are repeated.
        }
        return try await Self.calling(within: Self.callLimit) { try await storedReport(on: paymentID) }
    }

    func cancel(_ paymentID: String, _ cancellation: Cancellation) async throws -> Bool {
        let payment = client.handle(for: PaymentWorkflow.self, id: paymentID)
        return try await Self.calling(within: Self.callLimit) {
            do {
                try await payment.signal(PaymentWorkflow.cancel, cancellation, requestID: "\(paymentID)/http-cancel")
                return true
            } catch is WorkflowNotFoundError {
                return false
            }
        }
    }

    func checkReachable() async throws {
        try await Self.calling(within: Self.checkLimit) {
            do {
                _ = try await client.handle(id: "readiness-check").describe()
            } catch is WorkflowNotFoundError {
                // An answer like any other.
            }
        }
    }

    private func storedReport(on paymentID: String) async throws -> PaymentReport? {
        let description: WorkflowDescription
        do {
            description = try await client.handle(id: paymentID).describe()
        } catch is WorkflowNotFoundError {
            return nil
        }
        guard description.workflowType == PaymentWorkflow.workflowType else { return nil }
        let run = client.handle(for: PaymentWorkflow.self, id: paymentID, runID: description.runID)
        let history = try await run.fetchHistory()
        guard let first = history.first, let last = history.last else { return nil }
        let request = try DataConverter.standard
            .decode(PaymentInput.self, from: first.workflowExecutionStartedEventAttributes.input).request
        switch description.status {
        case .running, .paused, .continuedAsNew, .unknown:
            let wasWorkedOn = history.contains { $0.eventType == .workflowTaskCompleted }
            return PaymentReport(
                stored: request, status: wasWorkedOn ? .processing : .pending, updatedAt: last.eventTime.date)
        case .completed:
            let result = try await run.result(followRuns: false)
            return PaymentReport(
                stored: request, status: result.status, reasonCode: result.reasonCode, updatedAt: result.completedAt)
        case .failed, .canceled, .terminated, .timedOut:
            // A payment always completes, even one that fails: something ended its workflow from outside.
            return PaymentReport(
                stored: request, status: .failed, reasonCode: .internal, updatedAt: last.eventTime.date)
        }
    }

    private static func calling<Answer: Sendable>(
        within limit: Duration, _ call: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await withThrowingTaskGroup(of: Answer.self) { group in
                group.addTask { try await call() }
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw DependencyUnavailableError(dependency: .temporal, reason: "no answer within \(limit)")
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() else { throw CancellationError() }
                return answer
            }
        } catch let error as TemporalRPCError {
            throw DependencyUnavailableError(dependency: .temporal, reason: "\(error)")
        }
    }
}

import Foundation
import PaymentEvents
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

    private static let cancelUpdate = UpdateType<Cancellation, PaymentStatusView>("request-cancel")
    /// The type of failure with which a payment refuses to be cancelled.
    private static let tooLate = "PaymentTooLate"

    let client: TemporalClient
    private let reinstatedPayments: ReinstatedPayments

    init(client: TemporalClient) {
        self.client = client
        reinstatedPayments = ReinstatedPayments(client: client)
    }

    func ask(_ paymentID: String) async -> PaymentAnswer {
        let payment = client.handle(for: PaymentWorkflow.self, id: paymentID)
        do {
            // One that was ended from outside would be replayed, and say for ever what it said before.
            let view = try await payment.query(
                PaymentWorkflow.status, rejectCondition: .notCompletedCleanly, timeout: Self.queryLimit)
            return .report(PaymentReport(view, asOf: Date()))
        } catch is WorkflowNotFoundError {
            return .unknown
        } catch let error as WorkflowQueryError {
            guard case .unanswered(let failure) = error.reason else { return .unusable }
            if case .workflowNotReady = failure.details { return .unusable }
            return .silence
        } catch is DataConversionError {
            // A worker answered for a workflow of another kind, which has a status of its own.
            return .unusable
        } catch {
            // The query was tried only once; asking the record is repeated, and tells if the server is away.
            return .silence
        }
    }

    func recordedReport(on paymentID: String) async throws -> PaymentReport? {
        try await Self.calling(within: Self.callLimit) { try await storedReport(on: paymentID) }
    }

    func reinstatement(of paymentID: String) async throws -> Date? {
        try await Self.calling(within: Self.checkLimit) {
            do {
                let id = LateConfirmationWorkflow.id(of: paymentID)
                let description = try await client.handle(id: id).describe()
                guard description.status == .completed else { return nil }
                let run = client.handle(for: LateConfirmationWorkflow.self, id: id, runID: description.runID)
                return try await run.result(followRuns: false) == .reinstated ? description.closeTime : nil
            } catch is WorkflowNotFoundError {
                return nil
            }
        }
    }

    func requestDigest(of paymentID: String) async throws -> String? {
        try await Self.calling(within: Self.checkLimit) {
            do {
                let digest = try await client.handle(id: paymentID).describe().memo[ContentDigest.memoField]
                return digest.flatMap { try? DataConverter.standard.decode(String.self, from: $0) }
            } catch is WorkflowNotFoundError {
                return nil
            }
        }
    }

    func cancel(_ paymentID: String, _ cancellation: Cancellation) async throws -> CancellationAnswer {
        let payment = client.handle(for: PaymentWorkflow.self, id: paymentID)
        return try await Self.calling(within: Self.callLimit) {
            do {
                do {
                    _ = try await payment.executeUpdate(
                        Self.cancelUpdate, cancellation, id: "http-cancel", timeout: Self.queryLimit)
                    return .accepted
                } catch let error as WorkflowUpdateFailedError {
                    if let failure = error.cause as? ApplicationFailure, failure.type == Self.tooLate {
                        return .tooLate(failure.message)
                    }
                } catch is WorkflowUpdateInterruptedError {
                }
                // No worker answers, or one of a version without this update: a signal waits for whoever comes.
                try await payment.signal(PaymentWorkflow.cancel, cancellation, requestID: "\(paymentID)/http-cancel")
                return .accepted
            } catch is WorkflowNotFoundError {
                return .notFound
            }
        }
    }

    func payments(
        matching filter: PaymentFilter, started span: StartSpan, limit: Int
    ) async throws -> PaymentSelection {
        try await searching(filter) {
            let reinstated = try await reinstated(within: filter)
            return try await select(
                VisibilityQuery.text(filter, span, reinstated: reinstated), limit: limit, reinstated: reinstated)
        }
    }

    func payments(endedAfter time: Date, limit: Int) async throws -> PaymentSelection {
        try await searching(PaymentFilter()) { try await select(VisibilityQuery.text(endedAfter: time), limit: limit) }
    }

    func count(_ filter: PaymentFilter) async throws -> Int {
        try await searching(filter) {
            let query = VisibilityQuery.text(
                filter, StartSpan(), reinstated: try await reinstated(within: filter))
            return try await client.countWorkflows(query).count
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

    private func searching<Answer: Sendable>(
        _ filter: PaymentFilter, _ search: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await Self.calling(within: Self.callLimit) {
            do {
                return try await search()
            } catch let error as TemporalRPCError where error.code == .invalidArgument {
                guard let parameter = filter.parameter(of: error.message) else { throw error }
                throw UnknownFilterError(parameter: parameter)
            }
        }
    }

    /// Those that may belong to a list or be wrongly in it.
    private func reinstated(within filter: PaymentFilter) async throws -> Set<String> {
        guard let status = filter.status, [.succeeded, .failed, .cancelled].contains(status) else { return [] }
        return try await reinstatedPayments.ids
    }

    private func select(
        _ query: String, limit: Int, reinstated: Set<String> = []
    ) async throws -> PaymentSelection {
        let workflows = client.listWorkflows(query, pageSize: min(limit, 1000))
        var entries: [PaymentEntry] = []
        var cursor: Data?
        repeat {
            let page = try await workflows.page(at: cursor)
            entries += page.elements.map { execution in
                let entry = PaymentEntry(execution)
                return reinstated.contains(entry.paymentID) ? entry.reinstated : entry
            }
            cursor = page.cursor
        } while cursor != nil && entries.count < limit
        return PaymentSelection(entries: entries, isComplete: cursor == nil)
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
        let now = Date()
        let history = try await run.fetchHistory()
        guard let first = history.first, let last = history.last else { return nil }
        let request = try DataConverter.standard
            .decode(PaymentInput.self, from: first.workflowExecutionStartedEventAttributes.input).request
        func report(
            _ status: PaymentStatusView.Status, _ reasonCode: PaymentSaga.ReasonCode? = nil,
            gatewayReference: String? = nil, updatedAt: Date
        ) -> PaymentReport {
            PaymentReport(
                stored: paymentID, userID: request.userID, merchantID: request.merchantID, amount: request.amount,
                status: status, reasonCode: reasonCode, gatewayReference: gatewayReference,
                createdAt: description.startTime, updatedAt: updatedAt, asOf: now)
        }
        switch description.status {
        case .running, .paused, .continuedAsNew, .unknown:
            let wasWorkedOn = history.contains { $0.eventType == .workflowTaskCompleted }
            return report(wasWorkedOn ? .processing : .pending, updatedAt: last.eventTime.date)
        case .completed:
            let result = try await run.result(followRuns: false)
            return report(
                result.status, result.reasonCode, gatewayReference: result.gatewayReference,
                updatedAt: result.completedAt)
        case .failed, .canceled, .terminated, .timedOut:
            // A payment always completes, even one that fails: something ended its workflow from outside.
            return report(.failed, .internal, updatedAt: last.eventTime.date)
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

import Logging
public import PaymentSaga
public import Temporal

/// Tells merchants' settlement workflows of payments that are settled. It starts a merchant's workflow with the first payment.
///
/// Settlement must not hold up a payment: after a few attempts the payment goes on without, and reconciliation of a merchant's
/// batches with the ledger shows what is missing.
public struct SettlementCollector: Sendable {
    private static let attempts = 5

    private let client: TemporalClient
    private let policy: SettlementPolicy

    /// - Parameters:
    ///   - client: Where the settlement workflows are.
    ///   - policy: For merchants whose workflow is not there yet.
    public init(client: TemporalClient, policy: SettlementPolicy = .init()) {
        self.client = client
        self.policy = policy
    }

    /// Adds a settled payment to its merchant's batch. Repeating it does nothing.
    /// - Throws: `ApplicationFailure` ``ServiceFailure/settlementUnavailable``, for another attempt; `CancellationError`.
    func collect(_ request: PaymentRequest, _ context: ActivityContext) async throws {
        do {
            _ = try await client.signalWithStart(
                SettlementWorkflow.self, SettlementState(merchantID: request.merchantID, policy: policy),
                signal: SettlementWorkflow.collect,
                SettledPayment(paymentID: request.paymentID, amount: request.amount),
                options: StartWorkflowOptions(
                    id: SettlementWorkflow.id(of: request.merchantID), taskQueue: TaskQueues.settlement))
        } catch let error as CancellationError {
            throw error
        } catch {
            guard context.attempt >= Self.attempts else {
                throw ApplicationFailure(
                    "payment \(request.paymentID) was not added to a settlement batch: \(error)",
                    type: ServiceFailure.settlementUnavailable)
            }
            context.logger.error(
                "payment left out of settlement", metadata: ["payment_id": "\(request.paymentID)", "error": "\(error)"])
        }
    }
}

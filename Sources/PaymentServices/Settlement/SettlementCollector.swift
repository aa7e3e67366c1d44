import Logging
public import PaymentSaga
public import Temporal

/// Tells merchants' settlement workflows of payments that are settled. It starts a merchant's workflow with the first payment.
public struct SettlementCollector: Sendable {
    /// Settlement must not hold up a payment: what takes longer is left to an activity that nobody waits for.
    private static let patience = Duration.seconds(1)

    private let client: TemporalClient
    private let policy: SettlementPolicy

    /// - Parameters:
    ///   - client: Where the settlement workflows are.
    ///   - policy: For merchants whose workflow is not there yet.
    public init(client: TemporalClient, policy: SettlementPolicy = .init()) {
        self.client = client
        self.policy = policy
    }

    /// Adds a settled payment to its merchant's batch, if that is quick.
    /// - Returns: False when it has to be tried again.
    /// - Throws: `CancellationError`.
    func collectAtOnce(_ request: PaymentRequest, _ logger: Logger) async throws -> Bool {
        let problem: String
        do {
            if try await withTimeLimit(Self.patience, { try await collect(request) }) != nil { return true }
            problem = "no answer within \(Self.patience)"
        } catch let failure as ApplicationFailure {
            problem = failure.message
        }
        logger.warning(
            "payment is added to settlement later",
            metadata: ["payment_id": "\(request.paymentID)", "error": "\(problem)"])
        return false
    }

    /// Adds a settled payment to its merchant's batch. Repeating it does nothing.
    /// - Throws: `ApplicationFailure` ``ServiceFailure/settlementUnavailable``, for another attempt; `CancellationError`.
    func collect(_ request: PaymentRequest) async throws {
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
            throw ApplicationFailure(
                "payment \(request.paymentID) was not added to a settlement batch: \(error)",
                type: ServiceFailure.settlementUnavailable)
        }
    }
}

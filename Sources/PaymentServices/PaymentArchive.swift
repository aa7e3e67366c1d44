public import PaymentSaga
public import Temporal
import TemporalAPI

/// Payments that have ended, as Temporal keeps them for as long as the namespace's retention says.
public struct PaymentArchive: Sendable {
    private let client: TemporalClient

    public init(client: TemporalClient) { self.client = client }

    /// Looks up what was asked for, and what came of it.
    /// - Throws: `ApplicationFailure` ``ServiceFailure/paymentNotRecalled``: for another attempt while the payment is about to end, final
    ///   when Temporal has no such payment, or it was ended from outside. `TemporalRPCError`.
    public func recall(_ paymentID: String) async throws -> EndedPayment {
        let payment = client.handle(for: PaymentWorkflow.self, id: paymentID)
        do {
            let description = try await payment.untyped.describe()
            guard !description.status.isOpen else {
                throw ApplicationFailure(
                    "payment \(paymentID) has not ended", type: ServiceFailure.paymentNotRecalled)
            }
            let run = client.handle(for: PaymentWorkflow.self, id: paymentID, runID: description.runID)
            guard let started = try await run.fetchHistory().first else { throw Self.unknown(paymentID) }
            let input = try DataConverter.standard.decode(
                PaymentInput.self, from: started.workflowExecutionStartedEventAttributes.input)
            return EndedPayment(input: input, result: try await run.result(followRuns: false))
        } catch is WorkflowNotFoundError {
            throw Self.unknown(paymentID)
        } catch is WorkflowFailedError {
            throw Self.unknown(paymentID)
        }
    }

    private static func unknown(_ paymentID: String) -> ApplicationFailure {
        ApplicationFailure(
            "Temporal has no result of payment \(paymentID)", type: ServiceFailure.paymentNotRecalled,
            isNonRetryable: true)
    }
}

import Logging
public import Temporal

/// A confirmation that came after its payment had ended, or had been decided without it: the input of ``LateConfirmationWorkflow``.
public struct LateConfirmation: Codable, Sendable, Hashable {
    public var paymentID: String
    public var confirmation: Confirmation
    /// The payment, where whoever starts the workflow knows it; else it is looked up.
    public var payment: EndedPayment?

    public init(paymentID: String, confirmation: Confirmation, payment: EndedPayment? = nil) {
        self.paymentID = paymentID
        self.confirmation = confirmation
        self.payment = payment
    }

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case confirmation, payment
    }
}

/// What a late confirmation led to: the result of ``LateConfirmationWorkflow``.
public enum LateConfirmationOutcome: String, Codable, Sendable {
    /// It says what the payment came to anyhow.
    case nothingToDo = "nothing-to-do"
    /// It denies a payment that has succeeded. That stands; the confirmation is on record here.
    case contradicting
    /// The gateway gives the money back.
    case refunded
    /// The payment has been carried out after all, and a second outcome says so.
    case reinstated
}

/// Follows the payment's own policy with a late confirmation. There is one such workflow for each payment, so the first late
/// confirmation counts.
public final class LateConfirmationWorkflow: Workflow {
    public static let workflowType = "LateConfirmationWorkflow"
    /// The patch that has a reinstatement found by the payment's new status, which its own workflow can't tell any more.
    private static let tellReinstatement = "tell-reinstatement"

    private let late: LateConfirmation
    private var confirmation: Confirmation { late.confirmation }

    public init(_ late: LateConfirmation) { self.late = late }

    /// The id of the workflow for a payment's late confirmation.
    public static func id(of paymentID: String) -> String { paymentID + idSuffix }

    /// The payment whose late confirmation the workflow of this id follows; nil if it is none's.
    public static func paymentID(of id: String) -> String? {
        id.hasSuffix(idSuffix) ? String(id.dropLast(idSuffix.count)) : nil
    }

    private static let idSuffix = "/late-confirmation"

    public func run(_ context: WorkflowContext) async throws -> LateConfirmationOutcome {
        let payment: EndedPayment
        if let known = late.payment {
            payment = known
        } else {
            payment = try await context.perform(
                PaymentActivities.recall, late.paymentID, by: .orchestrator, placement: .embedded, within: .untilDone)
        }
        let hasSucceeded = payment.result.status == .succeeded
        guard confirmation.status == .approved, !hasSucceeded else {
            guard confirmation.status == .declined, hasSucceeded else { return .nothingToDo }
            context.logger.error("the gateway denies a payment that has succeeded")
            return .contradicting
        }
        if try await reinstate(payment, context) {
            if context.patched(Self.tellReinstatement) {
                try PaymentAttributes.tellReinstatement(of: payment.input.request, context)
            }
            return .reinstated
        }
        _ = try await persist(context) {
            try await context.perform(
                PaymentActivities.refund, payment.input.request, by: .gateway,
                placement: payment.input.policy.placement, within: .required)
        }
        return .refunded
    }

    /// - Returns: False when the payment is to be refunded.
    private func reinstate(_ payment: EndedPayment, _ context: WorkflowContext) async throws -> Bool {
        let (request, policy) = (payment.input.request, payment.input.policy)
        // What fraud check, ledger or approver refused stays refused, and what the gateway was never known to have is not believed.
        guard policy.lateConfirmations == .reinstate, payment.result.gatewayReference != nil,
            [.confirmationTimeout, .cancelledByUser].contains(payment.result.reasonCode)
        else { return false }
        let answer = try await persist(context) {
            try await context.perform(
                PaymentActivities.reinstate, request, by: .ledger, placement: policy.placement, within: .required)
        }
        guard answer.value.refusal == nil else { return false }
        let result = PaymentResult(
            status: .succeeded, gatewayReference: confirmation.gatewayReference, completedAt: context.now)
        _ = try await persist(context) {
            try await context.perform(
                PaymentActivities.publishOutcome, OutcomeAnnouncement(request: request, result: result),
                by: .orchestrator, placement: policy.placement, within: .required)
        }
        return true
    }

    /// Does what must happen, for as long as that takes; visible as stuck meanwhile.
    private func persist<Value>(_ context: WorkflowContext, _ body: () async throws -> Value) async throws -> Value {
        var pause = StuckPause()
        while true {
            do {
                let value = try await body()
                try PaymentAttributes.setStuck(false, context)
                return value
            } catch let failure as ActivityFailure {
                context.logger.error("late confirmation stuck: \(failure)")
                try PaymentAttributes.setStuck(true, context)
                try await context.sleep(for: pause.next())
            }
        }
    }
}

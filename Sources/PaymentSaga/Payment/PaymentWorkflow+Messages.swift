import Logging
import Temporal

/// The types of `ApplicationFailure` with which a payment refuses an update.
public enum PaymentFailure {
    /// The gateway has decided the payment, or it has ended.
    public static let tooLate = "PaymentTooLate"
    /// The payment does not wait for an operator.
    public static let notStuck = "PaymentNotStuck"
    /// The ledger has the payment's id for another payment; the workflow fails, and touches nothing of that.
    public static let conflict = "PaymentConflict"
    /// The outcome can't be forced to this, or not at this step.
    public static let notForcible = "PaymentNotForcible"
}

extension PaymentWorkflow {
    func accept(_ confirmation: Confirmation, _ context: WorkflowContext) {
        let receipt = inbox.take(confirmation)
        progress.note(inbox)
        guard receipt == .contradicting else { return }
        context.logger.error(
            "the gateway contradicts itself",
            metadata: ["confirmation_id": "\(confirmation.confirmationID)", "status": "\(confirmation.status)"])
    }

    /// The first wish counts. One that comes too late changes nothing, and the status says why.
    func accept(_ cancellation: Cancellation, _ context: WorkflowContext) {
        guard self.cancellation == nil else { return }
        if let reason = reasonAgainstCancelling {
            progress.refuseCancellation(reason)
            return context.logger.notice("cancellation refused: \(reason)")
        }
        self.cancellation = cancellation
        cancelledAt = context.now
        inbox.close()
    }

    func checkCancellable() throws {
        guard cancellation == nil, let reason = reasonAgainstCancelling else { return }
        throw ApplicationFailure(reason, type: PaymentFailure.tooLate, isNonRetryable: true)
    }

    /// The first decision counts.
    func decide(isApproved: Bool, _ decision: ApprovalDecision) {
        if approval == nil { approval = (isApproved, decision) }
    }

    func checkStuck() throws {
        guard progress.view.stuckStep == nil else { return }
        throw ApplicationFailure(
            "payment \(request.paymentID) is not stuck: its status is \(progress.view.status.rawValue), "
                + "its stage \(progress.view.stage)",
            type: PaymentFailure.notStuck, isNonRetryable: true)
    }

    func checkForcible(_ forced: ForcedOutcome) throws {
        try checkStuck()
        guard ![PaymentStep.publishOutcome, .collect].contains(where: { $0.rawValue == progress.view.stuckStep }) else {
            throw notForcible("its outcome is decided, and only telling of it waits: resume it instead")
        }
        guard [.succeeded, .failed, .cancelled].contains(forced.status) else {
            throw notForcible(
                "its outcome can be forced to succeeded, failed or cancelled, not to \(forced.status.rawValue)")
        }
    }

    private func notForcible(_ reason: String) -> ApplicationFailure {
        ApplicationFailure(
            "payment \(request.paymentID): \(reason)", type: PaymentFailure.notForcible, isNonRetryable: true)
    }
}

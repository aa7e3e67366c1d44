import Foundation
import Logging
public import Temporal

/// One payment, from request to outcome.
///
/// Money moves from the user to clearing, and from there to the merchant when the gateway approves, or back. Whatever ends the payment early
/// undoes what was done, in reverse order. The outcome is published in every case.
///
/// `@unchecked Sendable`: one thread at a time drives all code of a run, see ``Workflow``.
public final class PaymentWorkflow: Workflow, @unchecked Sendable {
    public static let workflowType = "PaymentWorkflow"
    /// The gateway's word on the payment.
    public static let confirmation = SignalType<Confirmation>("gateway-confirmation")
    /// Cancels the payment, unless it is too late.
    public static let cancel = SignalType<Cancellation>("cancel")
    /// Cancels the payment, and answers with its status; refused with ``PaymentFailure/tooLate`` and the reason when it is too late.
    public static let requestCancel = UpdateType<Cancellation, PaymentStatusView>("request-cancel")
    /// Lets a payment that waits for approval go on.
    public static let approve = SignalType<ApprovalDecision>("approve")
    /// Ends a payment that waits for approval.
    public static let reject = SignalType<ApprovalDecision>("reject")
    /// Has a stuck payment try again at once; refused with ``PaymentFailure/notStuck`` when it isn't stuck.
    public static let resume = UpdateType<ResumeRequest, PaymentStatusView>("resume")
    /// Ends a stuck payment as an operator says; refused with ``PaymentFailure/notStuck`` or ``PaymentFailure/notForcible``.
    public static let forceOutcome = UpdateType<ForcedOutcome, PaymentStatusView>("force-outcome")
    public static let status = QueryType<NoValue, PaymentStatusView>("status")

    public static var handlers: WorkflowHandlers<PaymentWorkflow> {
        WorkflowHandlers()
            .signal(confirmation) { payment, confirmation, context in payment.accept(confirmation, context) }
            .signal(cancel) { payment, cancellation, context in payment.accept(cancellation, context) }
            .signal(approve) { payment, decision, _ in payment.decide(isApproved: true, decision) }
            .signal(reject) { payment, decision, _ in payment.decide(isApproved: false, decision) }
            .update(requestCancel, validator: { payment, _ in try payment.checkCancellable() }) {
                payment, cancellation, context in
                payment.accept(cancellation, context)
                return payment.progress.view
            }
            .update(resume, validator: { payment, _ in try payment.checkStuck() }) { payment, request, context in
                payment.resume(request, context)
            }
            .update(forceOutcome, validator: { payment, forced in try payment.checkForcible(forced) }) {
                payment, forced, context in
                payment.force(forced, context)
            }
            .query(status) { payment, _ in payment.progress.view }
    }

    // The patches of payments whose policy names no course; one of course 1 has both.

    /// The patch that moves the debit to where the fraud check still runs. The first version waited for the check before it moved money.
    static let authoriseDuringFraudCheck = "authorise-during-fraud-check"
    /// The patch that makes the first attempt at the gateway where the payment is; it includes the one before.
    static let submitInPlace = "submit-in-place"

    /// The patch, of payments of any course, that voids a charge which may have been made in a lost workflow task some tasks before. The
    /// version before voided it only where the cancellation came in the very task in which it was found.
    static let voidAfterLostTask = "void-after-lost-task"

    let input: PaymentInput
    var request: PaymentRequest { input.request }
    var progress: PaymentProgress
    let saga = Saga()
    var inbox = ConfirmationInbox()
    var cancellation: Cancellation?
    /// The time of the workflow task that the cancellation came in.
    var cancelledAt: Date?
    /// The time of the workflow task in which the fraud check was over.
    var fraudCheckedAt: Date?
    var approval: (isApproved: Bool, decision: ApprovalDecision)?
    /// Why the payment does not succeed, once that is certain.
    var refusal: PaymentRefused?
    /// What an operator wants to be done with the step that is stuck.
    var answerToStuck: AnswerToStuck?
    var gatewayReference: String? {
        didSet { progress.note(gatewayReference: gatewayReference) }
    }
    /// What became of the payment in a run that Temporal has forgotten; nil when there was none.
    var earlier: ValidationResult.Earlier?
    private var isLeftToCollect = false
    /// True once the gateway may have the payment.
    var isAtGateway = false
    /// True if the gateway is asked where the payment is, as far as the placement allows that.
    var submitsInPlace = false
    private var hasEnded = false

    /// - Throws: What fails the workflow task if the payment is to take a course that is newer than this build: it waits for a newer worker.
    public init(_ input: PaymentInput) throws {
        if let course = input.policy.course, course > PaymentPolicy.latestCourse { throw UnknownCourse(course: course) }
        self.input = input
        progress = PaymentProgress(input.request)
    }

    public func run(_ context: WorkflowContext) async throws -> PaymentResult {
        progress.begin(startedAt: context.info.startTime, at: context.now)
        try PaymentAttributes.begin(request, context)
        await attempt(context)
        // From here on the payment is brought to its end even if Temporal is asked to cancel the workflow.
        return try await context.shielded { try await self.conclude(context) }
    }

    /// Brings the payment to where only the settlement is left, or finds why it does not succeed.
    private func attempt(_ context: WorkflowContext) async {
        do {
            try await pay(context)
        } catch let refusal as PaymentRefused {
            self.refusal = refusal
        } catch  where context.isCancelRequested {
            // What the gateway has approved by then is settled all the same.
            guard !(inbox.isApproved && gatewayReference != nil) else { return }
            // It may have been asked in a workflow task that was lost.
            if submitsInPlace { prepareToVoid(context) }
            refusal = PaymentRefused(.cancelled, .cancelledByUser, "the workflow was cancelled")
        } catch {
            context.logger.error("payment failed: \(error)")
            refusal = PaymentRefused(.failed, .internal, "a step failed for good")
        }
    }

    private func conclude(_ context: WorkflowContext) async throws -> PaymentResult {
        if earlier == .other {
            try PaymentAttributes.end(.failed, context)
            throw ApplicationFailure(
                "the ledger has payment \(request.paymentID) with other content: start a payment with another id",
                type: PaymentFailure.conflict, isNonRetryable: true)
        }
        if earlier == nil { try await settleOrUndo(context) }
        let result = PaymentResult(
            status: refusal?.status ?? .succeeded, reasonCode: refusal?.code, reason: refusal?.reason ?? "",
            gatewayReference: gatewayReference, completedAt: context.now)
        hasEnded = true
        let announcement = OutcomeAnnouncement(request: request, result: result)
        _ = try await persist(.publishOutcome, context) {
            try await self.perform(
                PaymentActivities.publishOutcome, announcement, .orchestrator, .publishOutcome, context)
        }
        progress.end(result, at: context.now)
        try PaymentAttributes.end(result.status, context)
        if earlier == nil { await notify(announcement, context) }
        if isLeftToCollect {
            _ = try await persist(.collect, context) {
                try await self.perform(PaymentActivities.collect, self.request, .ledger, .collect, context)
            }
        }
        try await handOverLateConfirmation(result, context)
        return result
    }

    private func settleOrUndo(_ context: WorkflowContext) async throws {
        if refusal == nil { try await settle(context) }
        guard refusal != nil else { return }
        inbox.close()
        try await recordRefusal(context)
        try await undo(context)
    }

    private func settle(_ context: WorkflowContext) async throws {
        let forced = try await persist(.settle, context) {
            let result = try await self.perform(
                PaymentActivities.settle, self.request, .ledger, .settle, context, within: .required)
            self.isLeftToCollect = result.isLeftToCollect ?? false
        }
        if let forced, forced.status != .succeeded { refusal = PaymentRefused(forced) }
    }

    /// Sees to it that the refusal is in history before anybody hears of it. What an embedded step answered is not, until the workflow task
    /// has ended: were the task lost, the step would be asked again, and might answer otherwise.
    private func recordRefusal(_ context: WorkflowContext) async throws {
        guard input.policy.placement == .embedded, !isAtGateway else { return }
        try await context.sleep(for: .zero, summary: "records the refusal")
    }

    /// Undoes what was done, the last step first.
    private func undo(_ context: WorkflowContext) async throws {
        var isForcedToSucceed = false
        try await saga.unwind { name, undo in
            guard !isForcedToSucceed, let step = PaymentStep(rawValue: name) else { return }
            guard let forced = try await self.persist(step, context, undo) else { return }
            isForcedToSucceed = forced.status == .succeeded
            self.refusal = isForcedToSucceed ? nil : PaymentRefused(forced)
        }
    }

    /// An approval that the payment did not wait for, or had no use for, is not dropped: the gateway may hold money.
    private func handOverLateConfirmation(_ result: PaymentResult, _ context: WorkflowContext) async throws {
        let confirmation = inbox.late ?? (result.status == .succeeded ? nil : inbox.decisive)
        guard let confirmation, confirmation.status == .approved else { return }
        let late = LateConfirmation(
            paymentID: request.paymentID, confirmation: confirmation,
            payment: EndedPayment(input: input, result: result))
        do {
            _ = try await context.start(
                child: LateConfirmationWorkflow.self, late,
                options: ChildWorkflowOptions(
                    id: LateConfirmationWorkflow.id(of: request.paymentID), parentClosePolicy: .abandon,
                    idReusePolicy: .rejectDuplicate))
        } catch is ChildWorkflowAlreadyStartedError {
            context.logger.notice("the late confirmation is being worked on already")
        }
    }

    /// Why it is too late to cancel; nil while it is not.
    var reasonAgainstCancelling: String? {
        if hasEnded { return "the payment has ended: it \(refusal.map { "is \($0.status.rawValue)" } ?? "succeeded")" }
        if earlier != nil { return "the payment has ended before" }
        if let refusal { return "the payment is being undone already: \(refusal.reason)" }
        guard let decisive = inbox.decisive else { return nil }
        return "the gateway has \(decisive.status.rawValue) the payment already"
    }
}

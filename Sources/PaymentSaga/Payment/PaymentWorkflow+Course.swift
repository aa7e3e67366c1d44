import Foundation
import Logging
import Temporal

extension PaymentWorkflow {
    /// All steps up to the gateway's approval.
    /// - Throws: ``PaymentRefused`` when the payment is not to succeed.
    func pay(_ context: WorkflowContext) async throws {
        // Before anything runs: an embedded step may have run in a workflow task that was lost, and nothing tells of it.
        saga.compensate(PaymentStep.returnFunds.rawValue) { [unowned self] in
            try await perform(PaymentActivities.returnFunds, request, .ledger, .returnFunds, context)
        }
        try await step(.validate, context) {
            let answer = try await perform(PaymentActivities.validate, request, .ledger, .validate, context)
            earlier = answer.earlier
            if let refusal = answer.refusal { throw PaymentRefused(.rejected, refusal) }
        }
        if let earlier { return try await repeatOutcome(earlier, context) }
        try checkNotCancelled()
        if input.policy.needsApproval(request.amount) {
            try await step(.approve, context) { try await waitForApproval(context) }
        }
        submitsInPlace =
            input.policy.placement == .embedded && (isCurrent || context.patched(Self.submitInPlace))
        if isCurrent || submitsInPlace || context.patched(Self.authoriseDuringFraudCheck) {
            async let fraudCheck: Void = checkForFraud(context)
            try await authorise(context)
            try await fraudCheck
        } else {
            try await checkForFraud(context)
            try await authorise(context)
        }
        if mayHaveSubmitted(context) { prepareToVoid(context) }
        try checkNotCancelled()
        try await step(.submit, context) {
            prepareToVoid(context)
            gatewayReference = try await submit(context)
        }
        try await step(.confirm, context) { try await waitForConfirmation(context) }
    }

    /// True if whoever started the payment knows this course; the others go by their patches, and don't tell that they wait for approval.
    private var isCurrent: Bool { (input.policy.course ?? 0) >= 1 }

    /// For the same reason as above: a cancellation may have come after a workflow task that asked the gateway and was lost. One that
    /// came in a task before the fraud check was over found the gateway unasked. After that, the ledger's steps alone may have kept the
    /// payment from the gateway, be it for several tasks.
    private func mayHaveSubmitted(_ context: WorkflowContext) -> Bool {
        guard submitsInPlace, let cancelledAt, let fraudCheckedAt, cancelledAt >= fraudCheckedAt else { return false }
        return cancelledAt == context.now || context.patched(Self.voidAfterLostTask)
    }

    /// Has the gateway forget the payment should it not succeed, from before the gateway may hear of it.
    func prepareToVoid(_ context: WorkflowContext) {
        guard !isAtGateway else { return }
        isAtGateway = true
        saga.compensate(PaymentStep.void.rawValue) { [unowned self] in
            try await perform(PaymentActivities.void, request, .gateway, .void, context)
        }
    }

    /// The request came again after Temporal had forgotten the payment: what it came to stands, and is only told again.
    private func repeatOutcome(_ earlier: ValidationResult.Earlier, _ context: WorkflowContext) async throws {
        guard earlier == .succeeded else {
            throw PaymentRefused(.failed, .internal, "the payment was given up in an earlier run")
        }
        if case .accepted(let reference) = await ask(PaymentActivities.inquire, .inquiry, context) {
            gatewayReference = reference
        }
    }

    private func waitForApproval(_ context: WorkflowContext) async throws {
        let limit = Double(input.policy.approvalTimeoutMilliseconds) / 1000
        if isCurrent { try PaymentAttributes.setWait(until: context.now + limit, context) }
        let isDecided: Bool
        do {
            isDecided = try await context.wait(
                until: { self.approval != nil || self.cancellation != nil }, timeout: input.policy.approvalTimeout)
        } catch {
            if isCurrent { try PaymentAttributes.setWait(until: context.now, context) }
            throw error
        }
        if isCurrent { try PaymentAttributes.setWait(until: context.now, context) }
        try checkNotCancelled()
        guard isDecided, let approval else {
            throw PaymentRefused(
                .rejected, .limitExceeded, "the amount needs approval, and nobody approved it in time")
        }
        guard approval.isApproved else {
            let reason = approval.decision.reason
            throw PaymentRefused(
                .rejected, .limitExceeded,
                "the amount needs approval, which was refused\(reason.isEmpty ? "" : ": ")\(reason)")
        }
    }

    private func checkForFraud(_ context: WorkflowContext) async throws {
        try await step(.fraudCheck, context) {
            let assessment: FraudAssessment
            do {
                assessment = try await context.execute(
                    child: FraudCheckWorkflow.self, request,
                    options: FraudCheckWorkflow.options(
                        for: request.paymentID, paymentsQueue: context.info.taskQueue))
            } catch is ChildWorkflowFailure {
                throw PaymentRefused(.failed, .internal, "the fraud check gave no answer in time")
            }
            guard !assessment.isSuspicious else {
                throw PaymentRefused(
                    .failed, .fraudSuspected, "the fraud check scored \(assessment.score) of 100")
            }
            fraudCheckedAt = context.now
        }
    }

    private func authorise(_ context: WorkflowContext) async throws {
        try await step(.authorise, context) {
            let answer = try await perform(PaymentActivities.authorise, request, .ledger, .authorise, context)
            if let refusal = answer.refusal { throw PaymentRefused(.failed, refusal) }
        }
    }

    /// - Returns: The gateway's reference.
    private func submit(_ context: WorkflowContext) async throws -> String {
        for round in 1...Self.submissionRounds {
            let quickly = round == 1 && submitsInPlace ? await submitInPlace(context) : nil
            try Task.checkCancellation()
            var result: GatewayResult
            if let quickly {
                result = quickly
            } else {
                result = await ask(PaymentActivities.submit, .submission, context)
            }
            if case .unknown = result { result = await ask(PaymentActivities.inquire, .inquiry, context) }
            try Task.checkCancellation()
            switch result {
            case .accepted(let reference): return reference
            case .declined(let reason): throw PaymentRefused(.failed, .gatewayDeclined, reason)
            case .absent: try checkNotCancelled()
            case .unknown:
                // A gateway that approves what it could not be asked about has the charge.
                if let confirmation = inbox.decisive, confirmation.status == .approved {
                    return confirmation.gatewayReference
                }
                try checkNotCancelled()
                throw PaymentRefused(.failed, .gatewayUnavailable, "the gateway gave no answer in time")
            }
        }
        throw PaymentRefused(.failed, .gatewayUnavailable, "the gateway did not take the payment")
    }

    /// A charge that was lost on its way is handed over again, but not for ever.
    private static let submissionRounds = 3

    /// One short attempt, which spares the payments of a healthy gateway a task queue and a workflow task. Whatever it ends with, the
    /// gateway's own queue can go on: all attempts have the same idempotency key.
    /// - Returns: Nil when it did not do.
    private func submitInPlace(_ context: WorkflowContext) async -> GatewayResult? {
        try? await perform(PaymentActivities.submit, request, .orchestrator, .submit, context, within: .quickSubmission)
    }

    private func ask(
        _ activity: ActivityType<PaymentRequest, Attempted<GatewayResult>>, _ limits: StepLimits,
        _ context: WorkflowContext
    ) async -> GatewayResult {
        do {
            return try await perform(activity, request, .gateway, .submit, context, within: limits)
        } catch {
            context.logger.warning("the gateway was asked in vain: \(error)")
            return .unknown(reason: "the gateway gave no answer in time")
        }
    }

    private func waitForConfirmation(_ context: WorkflowContext) async throws {
        let isDecided = try await context.wait(
            until: { self.inbox.decisive != nil || self.cancellation != nil },
            timeout: input.policy.confirmationTimeout)
        guard isDecided else {
            throw PaymentRefused(.failed, .confirmationTimeout, "the gateway did not confirm in time")
        }
        guard let confirmation = inbox.decisive else { return try checkNotCancelled() }
        guard confirmation.status == .approved else {
            throw PaymentRefused(.failed, .gatewayDeclined, confirmation.reason)
        }
    }

    private func checkNotCancelled() throws {
        if let cancellation { throw PaymentRefused(.cancelled, .cancelledByUser, cancellation.reason) }
    }
}

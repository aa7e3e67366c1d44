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
    /// Cancels the payment, unless the gateway has approved it already.
    public static let cancel = SignalType<Cancellation>("cancel")
    public static let status = QueryType<NoValue, PaymentStatusView>("status")

    public static var handlers: WorkflowHandlers<PaymentWorkflow> {
        WorkflowHandlers()
            .signal(confirmation) { payment, confirmation, _ in payment.accept(confirmation) }
            .signal(cancel) { payment, cancellation, _ in payment.accept(cancellation) }
            .query(status) { payment, _ in payment.progress.view }
    }

    private let input: PaymentInput
    private var request: PaymentRequest { input.request }
    private var progress: PaymentProgress
    private let saga = Saga()
    private var confirmation: Confirmation?
    private var cancellation: Cancellation?
    private var gatewayReference: String?

    public init(_ input: PaymentInput) {
        self.input = input
        progress = PaymentProgress(input.request)
    }

    public func run(_ context: WorkflowContext) async throws -> PaymentResult {
        progress.begin(at: context.now)
        let refusal = await attempt(context)
        // From here on the payment is brought to its end even if Temporal is asked to cancel the workflow.
        return try await context.shielded { try await self.conclude(refusal, context) }
    }

    /// - Returns: why the payment did not succeed; nil when it did.
    private func attempt(_ context: WorkflowContext) async -> PaymentRefused? {
        do {
            try await pay(context)
            return nil
        } catch let refusal as PaymentRefused {
            return refusal
        } catch  where context.isCancelRequested {
            return PaymentRefused(.cancelled, .cancelledByUser, "the workflow was cancelled")
        } catch {
            context.logger.error("payment failed: \(error)")
            return PaymentRefused(.failed, .internal, "a step failed for good")
        }
    }

    private func conclude(_ refusal: PaymentRefused?, _ context: WorkflowContext) async throws -> PaymentResult {
        if refusal != nil {
            try await saga.unwind { name, undo in
                try await self.step(name, context) { try await undo() }
            }
        }
        let result = PaymentResult(
            status: refusal?.status ?? .succeeded, reasonCode: refusal?.code, reason: refusal?.reason ?? "",
            gatewayReference: gatewayReference, completedAt: context.now)
        let announcement = OutcomeAnnouncement(request: request, result: result)
        try await step("publish-outcome", context) {
            _ = try await context.execute(PaymentActivities.publishOutcome, announcement, options: .untilDone)
        }
        progress.end(result, at: context.now)
        await notify(announcement, context)
        return result
    }

    private func pay(_ context: WorkflowContext) async throws {
        let request = request
        async let fraudCheck = context.execute(
            child: FraudCheckWorkflow.self, request,
            options: ChildWorkflowOptions(
                id: FraudCheckWorkflow.id(of: request.paymentID), executionTimeout: .seconds(120),
                parentClosePolicy: .terminate, cancellationType: .abandon))
        progress.start("fraud-check", at: context.now)

        try await step("validate", context) {
            let answer = try await context.execute(PaymentActivities.validate, request, options: .short)
            if let refusal = answer.refusal { throw PaymentRefused(.rejected, refusal) }
        }
        try await step("authorise", context) {
            saga.compensate("return-funds") {
                _ = try await context.execute(PaymentActivities.returnFunds, request, options: .untilDone)
            }
            let answer = try await context.execute(PaymentActivities.authorise, request, options: .short)
            if let refusal = answer.refusal { throw PaymentRefused(.failed, refusal) }
        }
        let assessment = try await fraudCheck
        guard !assessment.isSuspicious else {
            let refusal = PaymentRefused(.failed, .fraudSuspected, "the fraud check scored \(assessment.score) of 100")
            progress.finish("fraud-check", error: "\(refusal)", at: context.now)
            throw refusal
        }
        progress.finish("fraud-check", error: nil, at: context.now)
        try checkNotCancelled()
        try await step("submit", context) {
            saga.compensate("void") {
                _ = try await context.execute(PaymentActivities.void, request, options: .untilDone)
            }
            gatewayReference = try await submit(context).reference
        }
        try await step("confirm", context) { try await waitForConfirmation(context) }
        try await step("settle", context) {
            _ = try await context.execute(PaymentActivities.settle, request, options: .untilDone)
        }
    }

    private func submit(_ context: WorkflowContext) async throws -> GatewaySubmission {
        do {
            return try await context.execute(PaymentActivities.submit, request, options: .gateway)
        } catch let failure as ActivityFailure {
            if let cause = failure.cause as? ApplicationFailure, cause.type == GatewayFailure.declined {
                throw PaymentRefused(.failed, .gatewayDeclined, cause.message)
            }
            throw PaymentRefused(.failed, .gatewayUnavailable, "the gateway gave no answer in time")
        }
    }

    private func waitForConfirmation(_ context: WorkflowContext) async throws {
        let isDecided = try await context.wait(
            until: { self.confirmation != nil || self.cancellation != nil }, timeout: input.policy.confirmationTimeout)
        guard isDecided else {
            throw PaymentRefused(.failed, .confirmationTimeout, "the gateway did not confirm in time")
        }
        guard let confirmation else { return try checkNotCancelled() }
        guard confirmation.status == .approved else {
            throw PaymentRefused(.failed, .gatewayDeclined, confirmation.reason)
        }
    }

    private func checkNotCancelled() throws {
        // A confirmation that was there first has decided the payment.
        if let cancellation, confirmation == nil {
            throw PaymentRefused(.cancelled, .cancelledByUser, cancellation.reason)
        }
    }

    /// The first word of the gateway counts, and none after the payment was cancelled.
    private func accept(_ confirmation: Confirmation) {
        if self.confirmation == nil, cancellation == nil { self.confirmation = confirmation }
    }

    private func accept(_ cancellation: Cancellation) {
        if self.cancellation == nil, confirmation == nil { self.cancellation = cancellation }
    }

    /// Both channels at once; neither changes how the payment ended.
    private func notify(_ announcement: OutcomeAnnouncement, _ context: WorkflowContext) async {
        async let email = Self.notify(.email, announcement, context)
        async let sms = Self.notify(.sms, announcement, context)
        for (name, error) in await [("notify-email", email), ("notify-sms", sms)] {
            progress.record(name, error: error, at: context.now)
        }
    }

    /// - Returns: what went wrong.
    private static func notify(
        _ channel: NotificationOrder.Channel, _ announcement: OutcomeAnnouncement, _ context: WorkflowContext
    ) async -> String? {
        do {
            let order = NotificationOrder(channel: channel, announcement: announcement)
            _ = try await context.execute(PaymentActivities.notify, order, options: .bestEffort)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func step(_ name: String, _ context: WorkflowContext, _ body: () async throws -> Void) async throws {
        progress.start(name, at: context.now)
        do {
            try await body()
        } catch {
            progress.finish(name, error: "\(error)", at: context.now)
            throw error
        }
        progress.finish(name, error: nil, at: context.now)
    }
}

/// The payment ends here, and not as hoped.
private struct PaymentRefused: Error, CustomStringConvertible {
    let status: PaymentStatusView.Status
    let code: ReasonCode
    let reason: String

    init(_ status: PaymentStatusView.Status, _ code: ReasonCode, _ reason: String) {
        self.status = status
        self.code = code
        self.reason = reason
    }

    init(_ status: PaymentStatusView.Status, _ refusal: Refusal) {
        self.init(status, refusal.code, refusal.reason)
    }

    var description: String { "\(code.rawValue): \(reason)" }
}

extension ActivityOptions {
    /// A quick, idempotent step that a few attempts must settle.
    fileprivate static let short = ActivityOptions(
        startToClose: .seconds(10),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(100), maximumInterval: .seconds(10)))

    /// A step that must happen: tried for ever, ever more seldom.
    fileprivate static let untilDone = ActivityOptions(
        startToClose: .seconds(30),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(200), maximumInterval: .seconds(60)))

    fileprivate static let gateway = ActivityOptions(
        scheduleToClose: .seconds(120), startToClose: .seconds(15),
        retryPolicy: RetryPolicy(
            initialInterval: .milliseconds(200), maximumInterval: .seconds(10), maximumAttempts: 10,
            nonRetryableErrorTypes: [GatewayFailure.declined]))

    fileprivate static let bestEffort = ActivityOptions(
        startToClose: .seconds(10),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(500), maximumAttempts: 3))
}

import Logging
public import Temporal

/// One order, from being placed to its outcome.
///
/// The items are reserved and the customer is charged at the same time; then the shipment is created. Whatever fails or cancels the order
/// before that is done undoes what was done, in reverse order. The outcome is published in every case. The customer is told of a fulfilled
/// order by mail and SMS; neither changes the outcome.
///
/// `@unchecked Sendable`: one thread at a time drives all code of a run, see `Workflow`.
public final class OrderFulfilmentWorkflow: Workflow, @unchecked Sendable {
    public static let workflowType = "OrderFulfilmentWorkflow"
    /// Cancels the order, unless it is shipped already.
    public static let cancel = SignalType<Cancellation>("cancel")
    public static let status = QueryType<NoValue, OrderStatusView>("status")

    public static var handlers: WorkflowHandlers<OrderFulfilmentWorkflow> {
        WorkflowHandlers()
            .signal(cancel) { order, cancellation, _ in order.cancellation = order.cancellation ?? cancellation }
            .query(status) { workflow, _ in
                OrderStatusView(
                    orderID: workflow.order.orderID, status: workflow.result?.status ?? .processing,
                    reasonCode: workflow.result?.reasonCode, steps: workflow.saga.steps)
            }
    }

    private let order: Order
    private let saga = Saga()
    private var cancellation: Cancellation?
    private var result: OrderResult?

    public init(_ order: Order) { self.order = order }

    public func run(_ context: WorkflowContext) async throws -> OrderResult {
        let attempt = await attempt(context)
        // From here on the order is brought to its end even if Temporal is asked to cancel the workflow.
        return try await context.shielded { try await self.conclude(attempt, context) }
    }

    private func attempt(_ context: WorkflowContext) async -> Result<OrderReference, OrderRefused> {
        do {
            return .success(try await fulfilUnlessCancelled(context))
        } catch let refusal as OrderRefused {
            return .failure(refusal)
        } catch let failure as ActivityFailure {
            return .failure(OrderRefused(failure, isCancelled: context.isCancelRequested))
        } catch  where context.isCancelRequested {
            return .failure(OrderRefused(.orderCancelled, "the workflow was cancelled"))
        } catch {
            context.logger.error("order failed: \(error)")
            return .failure(OrderRefused(.internalError, "a step failed for good"))
        }
    }

    /// A wish to cancel ends what is under way; it comes too late when the shipment is there.
    private func fulfilUnlessCancelled(_ context: WorkflowContext) async throws -> OrderReference {
        try await withThrowingTaskGroup(of: OrderReference.self) { group in
            group.addTask { try await self.fulfil(context) }
            group.addTask {
                try await context.wait(until: { self.cancellation != nil })
                throw OrderRefused(.orderCancelled, self.cancellation?.reason ?? "")
            }
            defer { group.cancelAll() }
            guard let shipment = try await group.next() else { throw CancellationError() }
            return shipment
        }
    }

    private func fulfil(_ context: WorkflowContext) async throws -> OrderReference {
        try await saga.parallel(
            {
                _ = try await self.step(
                    "reserve-inventory", OrderActivities.reserveInventory, .reservation, context,
                    undo: "release-inventory", OrderActivities.releaseInventory)
            },
            {
                _ = try await self.step(
                    "charge-payment", OrderActivities.chargePayment, .charge, context,
                    undo: "refund-payment", OrderActivities.refundPayment)
            })
        return try await step(
            "create-shipment", OrderActivities.createShipment, .shipment, context,
            undo: "cancel-shipment", OrderActivities.cancelShipment)
    }

    private func step(
        _ name: String, _ activity: ActivityType<Order, OrderReference>, _ options: ActivityOptions,
        _ context: WorkflowContext, undo: String, _ compensation: ActivityType<Order, NoValue>
    ) async throws -> OrderReference {
        let order = order
        let undo = Saga.Compensation(undo) {
            _ = try await context.execute(compensation, order, options: .untilDone)
        }
        return try await saga.step(name, context, undoneBy: undo) {
            try await context.execute(activity, order, options: options)
        }
    }

    private func conclude(
        _ attempt: Result<OrderReference, OrderRefused>, _ context: WorkflowContext
    ) async throws -> OrderResult {
        let result: OrderResult
        switch attempt {
        case .success(let shipment):
            result = OrderResult(
                status: .fulfilled, shipmentReference: shipment.reference, completedAt: context.now)
        case .failure(let refusal):
            try await saga.compensate(context)
            result = OrderResult(
                status: refusal.code == .orderCancelled ? .cancelled : .failed, reasonCode: refusal.code,
                reason: refusal.reason, completedAt: context.now)
        }
        let announcement = OrderAnnouncement(order: order, result: result)
        try await saga.step("publish-outcome", context) {
            _ = try await context.execute(OrderActivities.publishOutcome, announcement, options: .untilDone)
        }
        self.result = result
        if result.status == .fulfilled { await confirm(context) }
        return result
    }

    private func confirm(_ context: WorkflowContext) async {
        async let email = saga.tolerated("confirm-email", context) {
            try await context.execute(
                OrderActivities.confirm, OrderConfirmation(order: self.order, channel: .email), options: .email)
        }
        async let sms = saga.tolerated("confirm-sms", context) {
            try await context.execute(
                OrderActivities.confirm, OrderConfirmation(order: self.order, channel: .sms), options: .bestEffort)
        }
        _ = await (email, sms)
    }
}

/// The order ends here, and not as hoped.
private struct OrderRefused: Error {
    let code: OrderReasonCode
    let reason: String

    init(_ code: OrderReasonCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    init(_ failure: ActivityFailure, isCancelled: Bool) {
        guard let cause = failure.cause as? ApplicationFailure else {
            self =
                isCancelled
                ? OrderRefused(.orderCancelled, "the workflow was cancelled")
                : OrderRefused(.serviceUnavailable, "\(failure.activityType) gave no answer in time")
            return
        }
        switch (cause.type, failure.activityType) {
        case (OrderFailure.outOfStock, _): self.init(.outOfStock, cause.message)
        case (OrderFailure.shipmentRefused, _): self.init(.shipmentRefused, cause.message)
        case (OrderFailure.invalid, OrderActivities.chargePayment.name): self.init(.paymentRefused, cause.message)
        case (OrderFailure.invalid, _): self.init(.invalidOrder, cause.message)
        default: self.init(.serviceUnavailable, "\(failure.activityType) is not available")
        }
    }
}

extension ActivityOptions {
    /// Waits for an inventory service that is down.
    fileprivate static let reservation = ActivityOptions(
        scheduleToClose: .seconds(3600), startToClose: .seconds(10),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(500), maximumInterval: .seconds(30)))

    fileprivate static let charge = ActivityOptions(
        scheduleToClose: .seconds(120), startToClose: .seconds(10),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(100), maximumInterval: .seconds(10)))

    /// Packing takes its time; a worker that is lost meanwhile is noticed by its heartbeats.
    fileprivate static let shipment = ActivityOptions(
        scheduleToClose: .seconds(3600), startToClose: .seconds(900), heartbeat: .seconds(10),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(500), maximumInterval: .seconds(30)))

    /// A step that must happen: tried for ever, ever more seldom.
    fileprivate static let untilDone = ActivityOptions(
        startToClose: .seconds(30),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(200), maximumInterval: .seconds(600)))

    /// The mail is worth a day of attempts.
    fileprivate static let email = ActivityOptions(
        scheduleToClose: .seconds(86_400), startToClose: .seconds(10),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(500), maximumInterval: .seconds(600)))

    fileprivate static let bestEffort = ActivityOptions(
        startToClose: .seconds(10),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(500), maximumAttempts: 3))
}

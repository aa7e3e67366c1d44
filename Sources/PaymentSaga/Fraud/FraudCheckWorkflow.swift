public import Temporal

/// Checks one payment for fraud, as a workflow of its own so that it can be slow, be retried and be looked at by itself.
public final class FraudCheckWorkflow: Workflow {
    public static let workflowType = "FraudCheckWorkflow"

    private let request: PaymentRequest

    public init(_ request: PaymentRequest) { self.request = request }

    /// The id of the fraud check of a payment.
    public static func id(of paymentID: String) -> String { "\(paymentID)/fraud-check" }

    /// The limits under which a payment has its fraud check done.
    static func options(for paymentID: String, paymentsQueue: String) -> ChildWorkflowOptions {
        ChildWorkflowOptions(
            id: id(of: paymentID), taskQueue: PaymentService.fraud.taskQueue(of: paymentsQueue),
            runTimeout: .seconds(90), taskTimeout: .seconds(10),
            parentClosePolicy: .terminate, cancellationType: .abandon)
    }

    public func run(_ context: WorkflowContext) async throws -> FraudAssessment {
        // The task queue is the fraud service's own, so its activity can run beside the workflow.
        try await context.executeLocal(
            PaymentActivities.assessFraud, request, options: StepLimits.assessment.local)
    }
}

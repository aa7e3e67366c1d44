public import Temporal

/// Checks one payment for fraud, as a workflow of its own so that it can be slow, be retried and be looked at by itself.
public final class FraudCheckWorkflow: Workflow {
    public static let workflowType = "FraudCheckWorkflow"

    private let request: PaymentRequest

    public init(_ request: PaymentRequest) { self.request = request }

    /// The id of the fraud check of a payment.
    public static func id(of paymentID: String) -> String { "\(paymentID)/fraud-check" }

    public func run(_ context: WorkflowContext) async throws -> FraudAssessment {
        try await context.execute(
            PaymentActivities.assessFraud, request,
            options: ActivityOptions(
                scheduleToClose: .seconds(60), startToClose: .seconds(10),
                retryPolicy: RetryPolicy(initialInterval: .milliseconds(200), maximumInterval: .seconds(5))))
    }
}

import PaymentSaga
import PaymentTestSupport
import Temporal

/// The courses of payments whose histories are recorded for every version of the workflow.
enum RecordedCourse: String, CaseIterable {
    case success
    case distributed
    case gatewayDeclines = "gateway-declines"
    case confirmationDeclines = "confirmation-declines"
    case noConfirmation = "no-confirmation"
    case cancelled
    case fraud
    case rejected
    case approved
    case unknownResult = "unknown-result"
    case stuck
    case workflowCancelled = "workflow-cancelled"

    /// Takes a payment through the course, to its end.
    func play(_ id: String, on payments: LivePayments) async throws -> WorkflowHandle<PaymentWorkflow> {
        prepare(id, payments.world)
        let payment = try await payments.start(id, policy: policy)
        switch self {
        case .success, .distributed, .unknownResult:
            try await payments.wait(for: self == .unknownResult ? "submit" : "confirm", payment)
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
        case .confirmationDeclines:
            try await payments.wait(for: "confirm", payment)
            try await payment.signal(PaymentWorkflow.confirmation, .declined())
        case .cancelled, .stuck:
            try await payments.wait(for: "confirm", payment)
            let cancellation = Cancellation(requestedBy: "user-1", reason: "changed my mind")
            _ = try await payment.executeUpdate(PaymentWorkflow.requestCancel, cancellation)
            guard self == .stuck else { break }
            try await payments.wait(for: "void", payment, isStuck: true)
            payments.world.setFaults { _, _, _ in nil }
            let request = ResumeRequest(operatorName: "eve", reason: "the gateway is back")
            _ = try await payment.executeUpdate(PaymentWorkflow.resume, request)
        case .approved:
            try await payments.wait(for: "approve", payment)
            try await payment.signal(PaymentWorkflow.approve, ApprovalDecision(decidedBy: "eve"))
            try await payments.wait(for: "confirm", payment)
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
        case .workflowCancelled:
            try await payments.wait(for: "confirm", payment)
            try await payment.cancel()
        case .gatewayDeclines, .noConfirmation, .fraud, .rejected: break
        }
        _ = try await payment.result()
        return payment
    }

    private var policy: PaymentPolicy {
        switch self {
        case .distributed: PaymentPolicy(placement: .distributed)
        case .noConfirmation: PaymentPolicy(confirmationTimeoutMilliseconds: 300)
        case .approved: PaymentPolicy(approvalLimits: [Amount(currency: "EUR", minorUnits: 1)])
        default: PaymentPolicy()
        }
    }

    private func prepare(_ id: String, _ world: PaymentWorld) {
        switch self {
        case .gatewayDeclines: world.decline(id)
        case .fraud: world.suspect(id)
        case .rejected: world.refuse(id, .accountClosed)
        case .unknownResult:
            world.setFaults { activity, _, _ in activity == "gateway.submit" ? .errorAfterEffect : nil }
        case .stuck: world.setFaults { activity, _, _ in activity == "gateway.void" ? .finalError : nil }
        default: break
        }
    }
}

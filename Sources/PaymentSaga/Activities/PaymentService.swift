public import Temporal

/// The services a payment is made of. Each has a task queue of its own; they can run in one process or in many.
public enum PaymentService: String, CaseIterable, Sendable {
    /// Drives the payments, publishes what became of them, and runs the short steps of embedded services.
    case orchestrator
    case ledger, gateway, fraud, notifications

    /// The service's task queue.
    /// - Parameter payments: The orchestrator's queue, which the names of the others derive from.
    public func taskQueue(of payments: String = TaskQueues.payments) -> String {
        self == .orchestrator ? payments : "\(payments)-\(rawValue)"
    }

    /// The workflows that run on the service's task queue.
    public var workflows: [any Workflow.Type] {
        switch self {
        case .orchestrator: [PaymentWorkflow.self, LateConfirmationWorkflow.self]
        case .fraud: [FraudCheckWorkflow.self]
        case .ledger, .gateway, .notifications: []
        }
    }
}

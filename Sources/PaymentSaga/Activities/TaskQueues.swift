/// The task queues of the payment saga.
public enum TaskQueues {
    /// Payment workflows. The queues of the services they use are named after it, see ``PaymentService``.
    public static let payments = "payments"
}

/// The task queues of the payment saga.
public enum TaskQueues {
    /// Payment workflows and their activities.
    public static let payments = "payments"
}

/// How many calls ask for tasks at the same time.
public enum PollerBehavior: Sendable, Hashable {
    /// Always as many.
    case fixed(Int)
    /// As many as the server suggests, within bounds; more only as long as more of them bring in more tasks.
    case autoscaling(min: Int = 1, initial: Int = 5, max: Int = 100)
}

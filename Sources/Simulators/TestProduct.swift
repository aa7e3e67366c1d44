/// The products that make the simulated inventory and carrier misbehave. Of any other there is enough.
public enum TestProduct: String, CaseIterable, Sendable {
    /// There is none left.
    case soldOut = "prod-sold-out"
    /// The inventory is unavailable for the first two attempts to reserve it.
    case flaky = "prod-flaky"
    /// The carrier does not take it.
    case unshippable = "prod-unshippable"
    /// The carrier takes ten times as long to prepare it.
    case slow = "prod-slow"
}

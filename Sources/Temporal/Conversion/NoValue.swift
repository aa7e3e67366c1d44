/// The value of a call that takes or returns nothing.
public struct NoValue: Codable, Sendable, Hashable {
    /// Nothing.
    public init() {}
}

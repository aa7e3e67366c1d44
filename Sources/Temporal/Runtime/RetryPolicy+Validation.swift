import TemporalAPI

/// A ``RetryPolicy`` contradicts itself.
public struct InvalidRetryPolicyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with it.
    public let reason: String

    public var description: String { "the retry policy is not valid: \(reason)" }
}

extension RetryPolicy {
    /// The policy in its wire form, checked: a server would refuse a wrong one with words of its own, or not at all.
    func checkedProto() throws(InvalidRetryPolicyError) -> Temporal_Api_Common_V1_RetryPolicy {
        // A single attempt has no intervals.
        guard maximumAttempts != 1 else { return proto }
        if maximumAttempts < 0 { throw .init(reason: "maximumAttempts is negative") }
        if initialInterval < .zero { throw .init(reason: "initialInterval is negative") }
        if !(backoffCoefficient >= 1) { throw .init(reason: "backoffCoefficient is less than 1") }
        if let maximumInterval, maximumInterval < initialInterval {
            throw .init(reason: "maximumInterval is less than initialInterval")
        }
        return proto
    }
}

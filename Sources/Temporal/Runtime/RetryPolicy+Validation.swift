import TemporalAPI

extension RetryPolicy {
    /// The policy in its wire form, checked: a server would refuse a wrong one with words of its own, or not at all.
    func checkedProto() throws(InvalidOptionError) -> Temporal_Api_Common_V1_RetryPolicy {
        // A single attempt has no intervals.
        guard maximumAttempts != 1 else { return proto }
        if maximumAttempts < 0 { throw .init("retryPolicy.maximumAttempts", "is negative: \(maximumAttempts)") }
        if initialInterval < .zero { throw .init("retryPolicy.initialInterval", "is negative: \(initialInterval)") }
        if !(backoffCoefficient >= 1) {
            throw .init("retryPolicy.backoffCoefficient", "is less than 1: \(backoffCoefficient)")
        }
        if let maximumInterval, maximumInterval < initialInterval {
            throw .init(
                "retryPolicy.maximumInterval", "is less than initialInterval: \(maximumInterval), \(initialInterval)")
        }
        return proto
    }
}

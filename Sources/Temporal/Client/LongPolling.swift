/// Repeats a call that the server holds open until there is news, until there is. How long to wait is for the caller to say, not for a call.
/// - Parameter poll: Nil when the server answered without news.
func longPolling<Value>(_ poll: () async throws -> Value?) async throws -> Value {
    while true {
        do {
            if let value = try await poll() { return value }
        } catch let error as TemporalRPCError where error.isEndOfPoll {
            // Should something between here and the server end all polls at once, the pause keeps the loop from spinning.
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

extension TemporalRPCError {
    /// True when a poll ended without an answer and may be repeated.
    fileprivate var isEndOfPoll: Bool { (code == .deadlineExceeded || code == .cancelled) && !isConnectionClosed }
}

/// A question that many ask at once and that is put once for all of them.
///
/// Whoever asks gets an answer to a question that was put after the call, so one that is under way already is waited for and
/// put again.
actor SharedLookup<Answer: Sendable> {
    private var last: Task<Answer, any Error>?
    /// The one that has not begun.
    private var next: Task<Answer, any Error>?

    /// - Throws: What `ask` throws, be it another caller's.
    func answer(_ ask: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        if let next { return try await next.value }
        let lookup = Task { [last] in
            _ = await last?.result
            begin()
            return try await ask()
        }
        next = lookup
        return try await lookup.value
    }

    private func begin() {
        last = next
        next = nil
    }
}

/// Runs `work` while `body` runs, then cancels it and waits for its end.
/// - Returns: what `body` returns.
/// - Throws: what `work` throws, or else what `body` does.
public func running<Result>(
    _ work: @escaping @Sendable () async throws -> Void, while body: () async throws -> Result
) async throws -> Result {
    let running = Task { try await work() }
    let result: Swift.Result<Result, any Error>
    do {
        result = .success(try await body())
    } catch {
        result = .failure(error)
    }
    running.cancel()
    try await running.value
    return try result.get()
}

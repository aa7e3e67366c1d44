public import Testing

/// Waits until `condition` holds. An error counts as "not yet", and is thrown when time is up.
/// - Parameters:
///   - what: what is waited for; evaluated when it did not come to that.
///   - limit: how long to wait at most.
public func eventually(
    _ what: @autoclosure () -> String = "the condition", within limit: Duration = .seconds(120),
    _ location: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while true {
        do {
            if try await condition() { return }
        } catch  where ContinuousClock.now < deadline {
            try Task.checkCancellation()
        }
        if ContinuousClock.now >= deadline {
            let comment: Comment = "\(what()): not within \(limit)"
            try #require(Bool(false), comment, sourceLocation: location)
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

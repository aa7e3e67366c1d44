/// Waits until `condition` holds; the tests' time limit bounds it.
func eventually(_ condition: () async throws -> Bool) async throws {
    while !(try await condition()) {
        try await Task.sleep(for: .milliseconds(5))
    }
}

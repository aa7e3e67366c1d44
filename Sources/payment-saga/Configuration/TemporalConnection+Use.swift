import Temporal
import TemporalTracing

extension TemporalConnection {
    /// Calls `body`, then closes the connection, whatever came of it.
    func use(_ body: (TemporalClient) async throws -> Void) async throws {
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(TemporalClient(self, interceptors: [TracingInterceptor()])))
        } catch {
            result = .failure(error)
        }
        await close()
        try result.get()
    }
}

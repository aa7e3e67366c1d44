/// Passes a call on from interceptor to interceptor, the first registered first.
/// - Parameters:
///   - hop: hands the call to an interceptor.
///   - send: what the last one's `next` is.
func pass<Interceptor, Call, Answer>(
    _ call: Call, by interceptors: ArraySlice<Interceptor>,
    _ hop: @escaping (Interceptor, Call, (Call) async throws -> Answer) async throws -> Answer,
    to send: @escaping (Call) async throws -> Answer
) async throws -> Answer {
    guard let first = interceptors.first else { return try await send(call) }
    return try await hop(first, call) { try await pass($0, by: interceptors.dropFirst(), hop, to: send) }
}

/// ``pass(_:by:_:to:)-async`` for calls that are answered at once.
func pass<Interceptor, Call, Answer>(
    _ call: Call, by interceptors: ArraySlice<Interceptor>,
    _ hop: @escaping (Interceptor, Call, (Call) throws -> Answer) throws -> Answer,
    to send: @escaping (Call) throws -> Answer
) throws -> Answer {
    guard let first = interceptors.first else { return try send(call) }
    return try hop(first, call) { try pass($0, by: interceptors.dropFirst(), hop, to: send) }
}

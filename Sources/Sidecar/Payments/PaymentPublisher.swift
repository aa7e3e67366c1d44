import PaymentEvents

/// Hands payment requests on to whoever carries them out.
protocol PaymentPublisher: Sendable {
    /// Returns once the request is stored.
    ///
    /// - Parameter traceparent: The caller's trace context.
    /// - Throws: ``DependencyUnavailableError``; the request may have been stored nonetheless.
    func publish(_ request: PaymentRequested, traceparent: String?) async throws

    /// Returns if requests could be published.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func checkReachable() async throws
}

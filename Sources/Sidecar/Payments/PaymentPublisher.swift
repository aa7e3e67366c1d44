import PaymentEvents

/// Hands what is asked of payments on to whoever carries it out, in the trace of the call that asks for it.
protocol PaymentPublisher: Sendable {
    /// Returns once the request is stored.
    ///
    /// - Throws: ``DependencyUnavailableError``; the request may have been stored nonetheless.
    func publish(_ request: PaymentRequested) async throws

    /// Returns once the wish to cancel is stored.
    ///
    /// - Throws: ``DependencyUnavailableError``; the wish may have been stored nonetheless.
    func publish(_ cancellation: CancellationRequested) async throws

    /// Returns if requests could be published.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func checkReachable() async throws
}

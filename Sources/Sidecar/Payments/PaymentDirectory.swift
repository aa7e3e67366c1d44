import PaymentSaga

/// Where payments that were started can be found.
protocol PaymentDirectory: Sendable {
    /// Where a payment stands; nil if there is none of this id.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func report(on paymentID: String) async throws -> PaymentReport?

    /// Asks a payment to cancel itself.
    ///
    /// - Returns: false if there is no such payment, or it has ended.
    /// - Throws: ``DependencyUnavailableError``.
    func cancel(_ paymentID: String, _ cancellation: Cancellation) async throws -> Bool

    /// Returns if the directory can be reached.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func checkReachable() async throws
}

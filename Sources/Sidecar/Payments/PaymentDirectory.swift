import Foundation
import PaymentSaga

/// Where payments that were started can be found.
protocol PaymentDirectory: Sendable {
    /// Asks a payment itself where it stands, which takes a worker.
    func ask(_ paymentID: String) async -> PaymentAnswer

    /// What is on record of a payment, which takes no worker; nil if there is none of this id.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func recordedReport(on paymentID: String) async throws -> PaymentReport?

    /// When a late confirmation had an ended payment carried out after all; nil if none had.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func reinstatement(of paymentID: String) async throws -> Date?

    /// The ``ContentDigest`` of the request that started a payment; nil if there is no payment of this id, or it was started
    /// by something else than the bridge.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func requestDigest(of paymentID: String) async throws -> String?

    /// Asks a payment to cancel itself.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func cancel(_ paymentID: String, _ cancellation: Cancellation) async throws -> CancellationAnswer

    /// The payments that were started in a span of time, in no order.
    ///
    /// - Parameter limit: How many to return at most.
    /// - Throws: ``DependencyUnavailableError``; ``UnknownFilterError``.
    func payments(
        matching filter: PaymentFilter, started span: StartSpan, limit: Int
    ) async throws -> PaymentSelection

    /// The payments that have ended since a time, the latest first.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func payments(endedAfter time: Date, limit: Int) async throws -> PaymentSelection

    /// How many payments there are, about.
    ///
    /// - Throws: ``DependencyUnavailableError``; ``UnknownFilterError``.
    func count(_ filter: PaymentFilter) async throws -> Int

    /// Returns if the directory can be reached.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func checkReachable() async throws
}

/// What came of asking a payment.
enum PaymentAnswer: Sendable {
    case report(PaymentReport)
    /// There is no payment of this id.
    case unknown
    /// The payment can't be asked yet, or no more, or is none; this tells nothing of the workers.
    case unusable
    /// No worker answered in time.
    case silence
}

/// What came of asking a payment to cancel itself.
enum CancellationAnswer: Sendable, Equatable {
    /// It will, or it is on record that it is to when the next worker comes.
    case accepted
    /// It won't, for this reason.
    case tooLate(String)
    /// There is no such payment, or it has ended.
    case notFound
}

/// The directory can't be searched by this.
struct UnknownFilterError: Error {
    /// The name of the query's parameter.
    let parameter: String
}

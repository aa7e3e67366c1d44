import Foundation
import Kafka
import PaymentEvents
import PaymentSaga
import SwiftProtobuf
import Synchronization

/// How payments ended, by the newest outcome events: what is known of payments that Temporal has forgotten, and of those
/// that have ended while it can't be asked.
final class LastOutcomes: Sendable {
    /// How many are kept.
    private static let capacity = 100_000

    private let reports = Mutex(RecentlyUsed<String, PaymentReport>(capacity: capacity))

    /// How a payment ended; nil if no outcome of it is kept.
    func report(on paymentID: String) -> PaymentReport? { reports.withLock { $0[paymentID] } }

    /// Takes in a record of the outcome topic. One that is no outcome says nothing of any payment.
    ///
    /// - Returns: The id of the payment that has ended.
    @discardableResult
    func note(_ record: KafkaRecord) -> String? {
        guard
            let outcome = try? EventCodec.decode(PaymentOutcome.self, from: record.value, headers: record.textHeaders),
            let report = PaymentReport(outcome, asOf: Date())
        else { return nil }
        reports.withLock { reports in
            // What is read again is older than what has replaced it.
            if let known = reports[report.paymentID], known.updatedAt > report.updatedAt { return }
            reports[report.paymentID] = report
        }
        return report.paymentID
    }
}

extension PaymentReport {
    /// What an outcome event says; nil if that is no end.
    fileprivate init?(_ outcome: PaymentOutcome, asOf: Date) {
        guard let status = PaymentStatusView.Status(outcome.status), outcome.hasCompletedAt else { return nil }
        self.init(
            stored: outcome.paymentID, userID: outcome.userID, merchantID: nil,
            amount: Amount(currency: outcome.amount.currency, minorUnits: outcome.amount.minorUnits),
            status: status, reasonCode: PaymentSaga.ReasonCode(outcome.reasonCode),
            gatewayReference: outcome.gatewayReference.isEmpty ? nil : outcome.gatewayReference, createdAt: nil,
            updatedAt: outcome.completedAt.date, asOf: asOf)
    }
}

extension PaymentStatusView.Status {
    fileprivate init?(_ status: PaymentStatus) {
        switch status {
        case .succeeded: self = .succeeded
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        case .rejected: self = .rejected
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}

extension PaymentSaga.ReasonCode {
    fileprivate init?(_ code: PaymentEvents.ReasonCode) {
        switch code {
        case .invalidRequest: self = .invalidRequest
        case .unknownAccount: self = .unknownAccount
        case .accountClosed: self = .accountClosed
        case .insufficientFunds: self = .insufficientFunds
        case .currencyMismatch: self = .currencyMismatch
        case .limitExceeded: self = .limitExceeded
        case .fraudSuspected: self = .fraudSuspected
        case .gatewayDeclined: self = .gatewayDeclined
        case .gatewayUnavailable: self = .gatewayUnavailable
        case .confirmationTimeout: self = .confirmationTimeout
        case .cancelledByUser: self = .cancelledByUser
        case .internal: self = .internal
        default: return nil
        }
    }
}

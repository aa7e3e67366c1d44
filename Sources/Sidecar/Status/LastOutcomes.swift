import Foundation
import Kafka
import Logging
import PaymentEvents
import PaymentSaga
import SwiftProtobuf
import Synchronization

/// How payments ended, by the newest outcome events: what is known of payments that Temporal has forgotten, and of those
/// that have ended while it can't be asked.
final class LastOutcomes: Sendable {
    /// How many are kept.
    private static let capacity = 100_000
    /// How many of those that a partition held before are read.
    private static let history: Int64 = 10_000
    private static let retryInterval = Duration.seconds(5)

    private let reports = Mutex(RecentlyUsed<String, PaymentReport>(capacity: capacity))

    /// How a payment ended; nil if no outcome of it is kept.
    func report(on paymentID: String) -> PaymentReport? { reports.withLock { $0[paymentID] } }

    /// Takes in a record of the outcome topic. One that is no outcome says nothing of any payment.
    func note(_ record: KafkaRecord) {
        let headers = record.headers.compactMap { header in
            header.value.map { (name: header.name, value: String(decoding: $0, as: UTF8.self)) }
        }
        guard let outcome = try? EventCodec.decode(PaymentOutcome.self, from: record.value, headers: headers),
            let report = PaymentReport(outcome, asOf: Date())
        else { return }
        reports.withLock { $0[report.paymentID] = report }
    }

    /// Follows the topic until the task is cancelled.
    func follow(_ topic: String, _ kafka: KafkaConfiguration, logger: Logger) async {
        while !Task.isCancelled {
            do {
                let reader = try await KafkaReader(kafka, topics: [topic], from: .last(Self.history))
                await read(reader, logger)
                await reader.close()
            } catch {
                logger.notice("the outcomes can't be read, trying on: \(error)")
            }
            // Cut short only by a cancellation, which the loop looks at next.
            try? await Task.sleep(for: Self.retryInterval)
        }
    }

    private func read(_ reader: KafkaReader, _ logger: Logger) async {
        for await event in reader.events {
            switch event {
            case .records(let records): for record in records { note(record) }
            case .endOfPartition: break
            case .warning(.fatal(_, let reason)):
                logger.error("the reader of the outcomes has failed and is replaced: \(reason)")
                return
            case .warning(let error): logger.debug("\(error)")
            }
        }
    }
}

extension PaymentReport {
    /// What an outcome event says; nil if that is no end.
    fileprivate init?(_ outcome: PaymentOutcome, asOf: Date) {
        guard let status = PaymentStatusView.Status(outcome.status), outcome.hasCompletedAt else { return nil }
        self.init(
            stored: PaymentRequest(
                paymentID: outcome.paymentID, userID: outcome.userID, merchantID: "",
                amount: Amount(currency: outcome.amount.currency, minorUnits: outcome.amount.minorUnits),
                methodType: "", methodToken: ""),
            status: status, reasonCode: PaymentSaga.ReasonCode(outcome.reasonCode), updatedAt: outcome.completedAt.date,
            asOf: asOf)
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

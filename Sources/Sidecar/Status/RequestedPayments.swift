import Foundation
import Kafka
import PaymentEvents
import PaymentSaga
import Synchronization

/// The payments that were requested and have not ended, by the requests: what is known of those that the bridge has not started yet.
///
/// A sidecar notes the requests that it has stored itself, and reads those of others, which come a moment later. Outcomes are
/// read by another reader, before a request or after it.
final class RequestedPayments: Sendable {
    private struct Entry {
        let report: PaymentReport
        let digest: String
        /// Whether it was read, so that it is certain to be the first of its id.
        var isRead: Bool
    }

    /// How many are kept.
    private static let capacity = 100_000
    /// What was requested before may have begun, ended and been forgotten since: Temporal keeps what has ended for a day at least,
    /// unless its namespace was made otherwise.
    private static let longestWait: TimeInterval = 86_400

    private let outcomes: LastOutcomes
    private let entries = Mutex(RecentlyUsed<String, Entry>(capacity: capacity))

    /// - Parameter outcomes: Of payments that are not waited for.
    init(outcomes: LastOutcomes = LastOutcomes()) { self.outcomes = outcomes }

    /// A payment that was requested and has not ended; nil if no such request is kept, or none of late.
    func report(on paymentID: String, now: Date = .now) -> PaymentReport? { entry(of: paymentID, now)?.report }

    /// The ``ContentDigest`` of its request.
    func digest(of paymentID: String, now: Date = .now) -> String? { entry(of: paymentID, now)?.digest }

    private func entry(of paymentID: String, _ now: Date) -> Entry? {
        entries.withLock { entries in
            guard let entry = entries[paymentID] else { return nil }
            if Self.isOfLate(entry.report.updatedAt, now) { return entry }
            entries[paymentID] = nil
            return nil
        }
    }

    private static func isOfLate(_ time: Date, _ now: Date) -> Bool { now.timeIntervalSince(time) < longestWait }

    /// Takes in a request that Kafka has stored.
    func note(_ payment: PaymentRequested, at time: Date) { keep(payment, at: time, isRead: false) }

    /// Takes in a record of the request topic. One that the bridge will not take says nothing of any payment.
    func note(_ record: KafkaRecord, now: Date = .now) {
        guard let timestamp = record.timestamp, let key = record.key else { return }
        let time = Date(milliseconds: timestamp)
        guard Self.isOfLate(time, now),
            let payment = try? EventCodec.decode(
                PaymentRequested.self, from: record.value, headers: record.textHeaders),
            (try? payment.validate()) != nil,
            (try? payment.validate(key: String(decoding: key, as: UTF8.self))) != nil
        else { return }
        keep(payment, at: time, isRead: true)
    }

    /// A payment that has ended is no longer waited for.
    func forget(_ paymentID: String) { entries.withLock { $0[paymentID] = nil } }

    /// Of several requests of one id the first counts: the first that is read, whatever this sidecar has stored itself.
    private func keep(_ payment: PaymentRequested, at time: Date, isRead: Bool) {
        guard let digest = try? ContentDigest(of: payment).text else { return }
        entries.withLock { entries in
            // Looked at under the lock: an outcome that comes later finds the entry, and has it forgotten.
            guard outcomes.report(on: payment.paymentID) == nil else { return }
            if var known = entries[payment.paymentID] {
                guard isRead, !known.isRead else { return }
                if known.digest == digest {
                    known.isRead = true
                    entries[payment.paymentID] = known
                    return
                }
            }
            entries[payment.paymentID] = Entry(
                report: PaymentReport(requested: payment, at: time), digest: digest, isRead: isRead)
        }
    }
}

extension PaymentReport {
    fileprivate init(requested payment: PaymentRequested, at time: Date) {
        self.init(
            stored: payment.paymentID, userID: payment.userID, merchantID: payment.merchantID,
            amount: Amount(currency: payment.amount.currency, minorUnits: payment.amount.minorUnits),
            status: .pending, createdAt: time, updatedAt: time, asOf: time)
    }
}

import PaymentEvents
import PaymentSaga
import SwiftProtobuf
import Temporal

extension SettlementBatch {
    /// - Throws: `ApplicationFailure` ``ServiceFailure/invalidEvent`` when a total does not fit in 64 bits.
    init(_ announcement: SettlementAnnouncement) throws {
        self.init()
        var sums: [String: Int64] = [:]
        for payment in announcement.payments {
            let (sum, isTooLarge) = sums[payment.amount.currency, default: 0]
                .addingReportingOverflow(payment.amount.minorUnits)
            guard !isTooLarge else {
                throw ApplicationFailure(
                    "batch \(announcement.number) sums to more than 64 bits of \(payment.amount.currency)",
                    type: ServiceFailure.invalidEvent, isNonRetryable: true)
            }
            sums[payment.amount.currency] = sum
        }
        merchantID = announcement.merchantID
        number = announcement.number
        payments = announcement.payments.map { payment in
            .with {
                $0.paymentID = payment.paymentID
                $0.amount = Money(payment.amount.currency, payment.amount.minorUnits)
            }
        }
        totals = sums.sorted { $0.key < $1.key }.map { Money($0.key, $0.value) }
        closedAt = Google_Protobuf_Timestamp(milliseconds: announcement.closedAt)
    }
}

extension Money {
    fileprivate init(_ currency: String, _ minorUnits: Int64) {
        self.init()
        self.currency = currency
        self.minorUnits = minorUnits
    }
}

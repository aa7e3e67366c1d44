import PaymentEvents
import PaymentSaga
import SwiftProtobuf
import Temporal

extension PaymentOutcome {
    /// - Throws: `ApplicationFailure` ``ServiceFailure/invalidEvent`` when the payment has not ended.
    init(_ announcement: OutcomeAnnouncement) throws {
        let request = announcement.request
        let result = announcement.result
        self.init()
        guard let status = PaymentStatus(result.status) else {
            throw ApplicationFailure(
                "payment \(request.paymentID) is \(result.status.rawValue): publish its outcome when it has ended",
                type: ServiceFailure.invalidEvent, isNonRetryable: true)
        }
        paymentID = request.paymentID
        userID = request.userID
        amount = .with {
            $0.currency = request.amount.currency
            $0.minorUnits = request.amount.minorUnits
        }
        self.status = status
        if let code = result.reasonCode { reasonCode = PaymentEvents.ReasonCode(code) }
        reason = result.reason
        gatewayReference = result.gatewayReference ?? ""
        completedAt = Google_Protobuf_Timestamp(milliseconds: result.completedAt)
    }
}

extension PaymentStatus {
    /// Nil while the payment has not ended.
    fileprivate init?(_ status: PaymentStatusView.Status) {
        switch status {
        case .pending, .processing: return nil
        case .succeeded: self = .succeeded
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        case .rejected: self = .rejected
        }
    }
}

extension PaymentEvents.ReasonCode {
    fileprivate init(_ code: PaymentSaga.ReasonCode) {
        self =
            switch code {
            case .invalidRequest: .invalidRequest
            case .unknownAccount: .unknownAccount
            case .accountClosed: .accountClosed
            case .insufficientFunds: .insufficientFunds
            case .currencyMismatch: .currencyMismatch
            case .limitExceeded: .limitExceeded
            case .fraudSuspected: .fraudSuspected
            case .gatewayDeclined: .gatewayDeclined
            case .gatewayUnavailable: .gatewayUnavailable
            case .confirmationTimeout: .confirmationTimeout
            case .cancelledByUser: .cancelledByUser
            case .internal: .internal
            }
    }
}

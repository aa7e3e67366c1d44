import PaymentEvents
import PaymentSaga
import SwiftProtobuf
import Temporal

extension OrderOutcome {
    /// - Throws: `ApplicationFailure` ``ServiceFailure/invalidEvent`` when the order has not ended.
    init(_ announcement: OrderAnnouncement) throws {
        let order = announcement.order
        let result = announcement.result
        self.init()
        switch result.status {
        case .fulfilled: status = .fulfilled
        case .failed: status = .failed
        case .cancelled: status = .cancelled
        case .processing:
            throw ApplicationFailure(
                "order \(order.orderID) is under way: publish its outcome when it has ended",
                type: ServiceFailure.invalidEvent, isNonRetryable: true)
        }
        orderID = order.orderID
        customerID = order.customerID
        total = .with {
            $0.currency = order.total.currency
            $0.minorUnits = order.total.minorUnits
        }
        if let code = result.reasonCode { reasonCode = Reason(code) }
        reason = result.reason
        shipmentReference = result.shipmentReference ?? ""
        completedAt = Google_Protobuf_Timestamp(milliseconds: result.completedAt)
    }
}

extension OrderOutcome.Reason {
    fileprivate init(_ code: OrderReasonCode) {
        self =
            switch code {
            case .invalidOrder: .invalidOrder
            case .outOfStock: .outOfStock
            case .paymentRefused: .paymentRefused
            case .shipmentRefused: .shipmentRefused
            case .serviceUnavailable: .serviceUnavailable
            case .orderCancelled: .orderCancelled
            case .internalError: .internalError
            }
    }
}

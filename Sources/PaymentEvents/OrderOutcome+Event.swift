public import SwiftProtobuf

extension OrderOutcome: PaymentEvent {
    /// Order id and state, for example `o-17/outcome/fulfilled`.
    public var eventID: String { "\(orderID)/outcome/\(stateName)" }

    /// `completed_at`.
    public var eventTime: Google_Protobuf_Timestamp? { hasCompletedAt ? completedAt : nil }

    /// The order id, which keeps the events of one order in order.
    public var partitionKey: String { orderID }

    private var stateName: String {
        switch status {
        case .fulfilled: "fulfilled"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .unspecified: "unspecified"
        case .UNRECOGNIZED(let number): "\(number)"
        }
    }
}

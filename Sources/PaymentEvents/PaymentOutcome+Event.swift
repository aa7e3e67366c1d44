public import SwiftProtobuf

extension PaymentOutcome: PaymentEvent {
    /// Payment id and state, for example `order-17/outcome/succeeded`.
    public var eventID: String { "\(paymentID)/outcome/\(stateName)" }

    /// `completed_at`.
    public var eventTime: Google_Protobuf_Timestamp? { hasCompletedAt ? completedAt : nil }

    /// The payment id, which keeps the events of one payment in order.
    public var partitionKey: String { paymentID }

    private var stateName: String {
        switch status {
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .cancelled: "cancelled"
        case .rejected: "rejected"
        case .unspecified: "unspecified"
        case .UNRECOGNIZED(let number): "\(number)"
        }
    }
}

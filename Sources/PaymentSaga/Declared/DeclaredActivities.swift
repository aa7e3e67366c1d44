public import Temporal

/// The activities that a declared saga can name: what the worker registers, and what a definition is checked against before it is
/// started. Each gets the definition's `workflow.input` as it is, and returns JSON.
public enum DeclaredActivities {
    public typealias Activity = ActivityType<JSONValue, JSONValue>

    public static let reserveInventory = Activity("ReserveInventoryActivity")
    public static let releaseInventory = Activity("ReleaseInventoryActivity")
    public static let chargePayment = Activity("ChargePaymentActivity")
    public static let refundPayment = Activity("RefundPaymentActivity")
    public static let createShipment = Activity("CreateShipmentActivity")
    public static let cancelShipment = Activity("CancelShipmentActivity")
    public static let sendConfirmationEmail = Activity("SendConfirmationEmailActivity")

    /// All of them.
    public static let all = [
        reserveInventory, releaseInventory, chargePayment, refundPayment, createShipment, cancelShipment,
        sendConfirmationEmail,
    ]

    /// How often an activity reports that it is alive, at least; nil for those that don't.
    static func heartbeat(of name: String) -> Duration? { name == createShipment.name ? .seconds(10) : nil }
}

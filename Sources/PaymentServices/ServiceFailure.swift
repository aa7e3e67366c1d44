/// The types of `ApplicationFailure` that the services throw, besides those of `GatewayFailure`.
public enum ServiceFailure {
    /// The ledger has the step with other content. Not retryable.
    public static let ledgerConflict = "LedgerConflict"
    /// What the ledger holds does not allow the step, such as a settlement of a payment given up. Not retryable.
    public static let ledgerRefused = "LedgerRefused"
    /// The ledger's storage failed; the step may have been applied, and another attempt finds out.
    public static let ledgerUnavailable = "LedgerUnavailable"
    /// The fraud check gave no usable answer.
    public static let fraudCheckUnavailable = "FraudCheckUnavailable"
    /// The notification provider did not take the message, or its answer was lost.
    public static let notificationsUnavailable = "NotificationsUnavailable"
    /// The inventory gave no usable answer; it may have acted all the same.
    public static let inventoryUnavailable = "InventoryUnavailable"
    /// The carrier gave no usable answer; it may have acted all the same.
    public static let shippingUnavailable = "ShippingUnavailable"
    /// The payment was not added to its merchant's settlement batch.
    public static let settlementUnavailable = "SettlementUnavailable"
    /// The event was not acknowledged; it may have been stored, and another attempt repeats it with the same id.
    public static let eventsUnavailable = "EventsUnavailable"
    /// The payment has not ended yet, or Temporal did not answer.
    public static let paymentNotRecalled = "PaymentNotRecalled"
    /// There is no event for this content, such as the outcome of a payment that has not ended. Not retryable.
    public static let invalidEvent = "InvalidEvent"
}

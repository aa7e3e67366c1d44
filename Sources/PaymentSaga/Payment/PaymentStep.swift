/// The steps of a payment, by the names that its status tells.
enum PaymentStep: String {
    case validate
    /// A person's approval, where the amount asks for one.
    case approve
    case fraudCheck = "fraud-check"
    case authorise, submit, confirm, settle
    case void
    case returnFunds = "return-funds"
    case publishOutcome = "publish-outcome"
    case notifyEmail = "notify-email"
    case notifySMS = "notify-sms"
    /// Only where settling could not have it collected at once.
    case collect
}

/// An amount of money in minor units of its currency: 1050 with USD is 10.50 dollars.
public struct Amount: Codable, Sendable, Hashable {
    /// The ISO 4217 code.
    public var currency: String
    public var minorUnits: Int64

    public init(currency: String, minorUnits: Int64) {
        self.currency = currency
        self.minorUnits = minorUnits
    }

    enum CodingKeys: String, CodingKey {
        case currency
        case minorUnits = "minor_units"
    }
}

/// A payment as it was requested.
public struct PaymentRequest: Codable, Sendable, Hashable {
    /// Also the id of the workflow that carries the payment out.
    public var paymentID: String
    public var userID: String
    public var merchantID: String
    public var amount: Amount
    /// What kind of payment method it is, such as `card`.
    public var methodType: String
    /// The provider's reference to the method; never the method's own number.
    public var methodToken: String

    public init(
        paymentID: String, userID: String, merchantID: String, amount: Amount, methodType: String, methodToken: String
    ) {
        self.paymentID = paymentID
        self.userID = userID
        self.merchantID = merchantID
        self.amount = amount
        self.methodType = methodType
        self.methodToken = methodToken
    }
}

/// The input of ``PaymentWorkflow``.
public struct PaymentInput: Codable, Sendable, Hashable {
    public var request: PaymentRequest
    public var policy: PaymentPolicy

    public init(request: PaymentRequest, policy: PaymentPolicy = .init()) {
        self.request = request
        self.policy = policy
    }
}

/// What the gateway says about a payment, sent as a signal.
public struct Confirmation: Codable, Sendable, Hashable {
    public enum Status: String, Codable, Sendable { case approved, declined }

    /// The gateway's id of this confirmation; the same one twice counts once.
    public var confirmationID: String
    public var status: Status
    public var gatewayReference: String
    public var reason: String

    public init(confirmationID: String, status: Status, gatewayReference: String, reason: String) {
        self.confirmationID = confirmationID
        self.status = status
        self.gatewayReference = gatewayReference
        self.reason = reason
    }
}

/// A wish to cancel a payment, sent as a signal.
public struct Cancellation: Codable, Sendable, Hashable {
    public var requestedBy: String
    public var reason: String

    public init(requestedBy: String, reason: String) {
        self.requestedBy = requestedBy
        self.reason = reason
    }
}

/// A person's word on a payment that needs approval, sent as a signal.
public struct ApprovalDecision: Codable, Sendable, Hashable {
    /// Who decided.
    public var decidedBy: String
    /// For people; ends up in the outcome of a payment that is rejected.
    public var reason: String

    public init(decidedBy: String, reason: String = "") {
        self.decidedBy = decidedBy
        self.reason = reason
    }
}

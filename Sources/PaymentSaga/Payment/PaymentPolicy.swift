/// The rules under which a payment runs. They travel with the payment, so that changing a setting changes no payment in flight.
public struct PaymentPolicy: Codable, Sendable, Hashable {
    /// What to do when the gateway approves a payment that has timed out or was cancelled.
    public enum LateConfirmationRule: String, Codable, Sendable, CaseIterable {
        /// The gateway gives the money back.
        case refund
        /// The payment is carried out after all, if the user's account still has the money; else refunded.
        case reinstate
    }

    /// Where the short steps run: those of the ledger and the notifications.
    public enum Placement: String, Codable, Sendable, CaseIterable {
        /// In the process of the orchestrator, as local activities.
        case embedded
        /// On the task queues of their services, which may be other processes.
        case distributed
    }

    /// How long the gateway's confirmation may take, in milliseconds; five minutes by default.
    public var confirmationTimeoutMilliseconds: Int64
    /// What a late approval leads to; `refund` by default.
    public var lateConfirmations: LateConfirmationRule
    /// Payments above these amounts wait for a person's approval; one amount for each currency that has such a limit.
    public var approvalLimits: [Amount]
    /// How long the approval may take, in milliseconds; 24 hours by default.
    public var approvalTimeoutMilliseconds: Int64
    /// Where the short steps run; `embedded` by default.
    public var placement: Placement
    /// The version of the payment's course that its starter knows; nil in payments of starters that knew of none. A payment that names
    /// it needs no marks of `patched`, which are two events of its history and a change of what it is found by.
    public private(set) var course: Int?

    /// The newest course that this build can take.
    static let latestCourse = 1
    /// The course that this build starts payments with, which workers of the release before must know as well.
    static let startingCourse = 1

    public init(
        confirmationTimeoutMilliseconds: Int64 = 300_000, lateConfirmations: LateConfirmationRule = .refund,
        approvalLimits: [Amount] = [], approvalTimeoutMilliseconds: Int64 = 86_400_000,
        placement: Placement = .embedded
    ) {
        self.confirmationTimeoutMilliseconds = confirmationTimeoutMilliseconds
        self.lateConfirmations = lateConfirmations
        self.approvalLimits = approvalLimits
        self.approvalTimeoutMilliseconds = approvalTimeoutMilliseconds
        self.placement = placement
        course = Self.startingCourse
    }

    /// A rule that is not given, by an earlier version say, is the default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        course = try values.decodeIfPresent(Int.self, forKey: .course)
        if let given = try values.decodeIfPresent(Int64.self, forKey: .confirmationTimeoutMilliseconds) {
            confirmationTimeoutMilliseconds = given
        }
        if let given = try values.decodeIfPresent(LateConfirmationRule.self, forKey: .lateConfirmations) {
            lateConfirmations = given
        }
        if let given = try values.decodeIfPresent([Amount].self, forKey: .approvalLimits) { approvalLimits = given }
        if let given = try values.decodeIfPresent(Int64.self, forKey: .approvalTimeoutMilliseconds) {
            approvalTimeoutMilliseconds = given
        }
        if let given = try values.decodeIfPresent(Placement.self, forKey: .placement) { placement = given }
    }

    var confirmationTimeout: Duration { .milliseconds(confirmationTimeoutMilliseconds) }
    var approvalTimeout: Duration { .milliseconds(approvalTimeoutMilliseconds) }

    func needsApproval(_ amount: Amount) -> Bool {
        approvalLimits.contains { $0.currency == amount.currency && amount.minorUnits > $0.minorUnits }
    }
}

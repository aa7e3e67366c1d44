/// What is left of a run for an independent look: requests, ledger, gateway, outcomes and offsets.
public struct PaymentEvidence: Sendable {
    /// An outcome as it was published; repetitions are in the list too.
    public struct Outcome: Sendable, Hashable {
        public var eventID: String
        public var paymentID: String
        /// In lower case, such as `succeeded`.
        public var status: String

        public init(eventID: String, paymentID: String, status: String) {
            self.eventID = eventID
            self.paymentID = paymentID
            self.status = status
        }
    }

    /// A transfer in the ledger, recorded once.
    public struct Transfer: Sendable, Hashable {
        public enum Kind: String, Sendable {
            case authorise, settle
            case giveBack = "return"
        }

        public var paymentID: String
        public var kind: Kind
        /// By account, in minor units.
        public var postings: [String: Int64]
        /// Part of carrying a payment out after all, on a late confirmation.
        public var isReinstatement: Bool

        public init(paymentID: String, kind: Kind, postings: [String: Int64], isReinstatement: Bool = false) {
            self.paymentID = paymentID
            self.kind = kind
            self.postings = postings
            self.isReinstatement = isReinstatement
        }
    }

    /// What the gateway has of a payment.
    public enum Charge: String, Sendable { case accepted, declined, voided, refunded }

    /// How far a partition was read.
    public struct Partition: Sendable {
        public var name: String
        /// The offset of the first record not committed.
        public var committed: Int64
        /// The offsets of records that were applied or parked.
        public var handled: Set<Int64>

        public init(name: String, committed: Int64, handled: Set<Int64>) {
            self.name = name
            self.committed = committed
            self.handled = handled
        }
    }

    /// The ids of accepted requests.
    public var payments: [String] = []
    /// Payments whose workflow is open still, past its deadline.
    public var overdue: [String] = []
    public var outcomes: [Outcome] = []
    public var transfers: [Transfer] = []
    /// Users' accounts may not go below zero.
    public var balances: [String: Int64] = [:]
    public var users: Set<String> = []
    public var charges: [String: Charge] = [:]
    /// Payments whose outcome an operator forced: what he settled by hand nobody here can see.
    public var forced: Set<String> = []
    public var partitions: [Partition] = []
    /// The payments that are in a settlement batch; nil where nobody collects them.
    public var collected: Set<String>?

    public init() {}
}

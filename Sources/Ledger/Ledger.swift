public import Foundation

/// A double-entry ledger: accounts, and transfers between them that are recorded for good.
///
/// Money moves only in transfers, whose postings sum to zero in each currency, so all accounts together always do too.
/// Transfers are never changed or deleted. Each has an id that is its idempotency key: a repeated call finds the first
/// one's transfer and does nothing, and a call with the same id and other content is refused as a conflict. A call that
/// failed with ``LedgerError/storage(_:)`` or whose answer was lost can therefore always be repeated.
///
/// Every call is atomic, and has been made durable when it returns. Calls take effect in some order, one after the
/// other, also those of other processes on the same ledger. A call goes on when its task is cancelled: what it does
/// can't be taken back by then.
///
/// A payment moves through ``authorise(payment:from:to:amount:expiresAt:)``, then either ``settle(payment:to:)`` or
/// ``returnFunds(payment:)``, each at most once, whatever is repeated, late or concurrent:
///
/// | state | authorise | settle | return |
/// |---|---|---|---|
/// | unknown | → authorised | `notAuthorised` | → voided, nothing to return |
/// | authorised | already applied | → settled | → returned |
/// | settled | already applied | already applied | `alreadySettled` |
/// | returned | `alreadyReturned` | `alreadyReturned` | already returned |
/// | voided | `voided` | `voided` | nothing to return |
public protocol Ledger: Sendable {
    /// Opens an account with a balance of zero. Repeating it with the same content does nothing.
    /// - Parameter request: What to open the account with.
    /// - Returns: The account as it stands, which is not empty when it was opened by an earlier call.
    /// - Throws: ``LedgerError/conflict(id:detail:)`` when the id is taken by an account with other content,
    ///   ``LedgerError/accountClosed(_:)`` when that account is closed, ``LedgerError/invalid(_:)``, or
    ///   ``LedgerError/storage(_:)``.
    @discardableResult
    func openAccount(_ request: AccountRequest) async throws(LedgerError) -> Account

    /// Closes an account for good. Closing a closed account does nothing.
    /// - Parameter id: The account's id.
    /// - Throws: ``LedgerError/unknownAccount(_:)``, ``LedgerError/storage(_:)``, or
    ///   ``LedgerError/accountInUse(_:balance:paymentsUnderWay:)`` when it holds money, or a payment it takes part
    ///   in has not ended, since that payment's money may come back.
    func closeAccount(_ id: String) async throws(LedgerError)

    /// An account with its balance.
    /// - Parameter id: The account's id.
    /// - Throws: ``LedgerError/unknownAccount(_:)`` or ``LedgerError/storage(_:)``.
    func account(_ id: String) async throws(LedgerError) -> Account

    /// A page of all accounts, by id.
    /// - Parameters:
    ///   - id: The last id of the page before; `nil` for the first page.
    ///   - limit: How many at most, 1 to 1,000.
    /// - Throws: ``LedgerError/invalid(_:)`` or ``LedgerError/storage(_:)``.
    func accounts(after id: String?, limit: Int) async throws(LedgerError) -> [Account]

    /// Moves money outside any payment, such as to seed an account.
    /// - Parameter request: The postings, and the id they are recorded under.
    /// - Throws: ``LedgerError/invalid(_:)`` when the postings don't sum to zero or are otherwise malformed,
    ///   ``LedgerError/conflict(id:detail:)``, ``LedgerError/unknownAccount(_:)``, ``LedgerError/accountClosed(_:)``,
    ///   ``LedgerError/currencyMismatch(account:expected:found:)``,
    ///   ``LedgerError/limitExceeded(account:limit:requested:)``,
    ///   ``LedgerError/insufficientFunds(account:available:requested:)``, ``LedgerError/overflow(account:)``, or
    ///   ``LedgerError/storage(_:)``.
    @discardableResult
    func transfer(_ request: TransferRequest) async throws(LedgerError) -> TransferResult

    /// Takes a payment's money from the user into clearing.
    /// - Parameters:
    ///   - payment: The payment's id: 1 to 128 printable ASCII characters, no spaces or slashes.
    ///   - user: The id of the account that pays, a user's: it is checked, for an internal account has no limit.
    ///   - clearing: The id of the clearing account that keeps the money until the payment ends.
    ///   - amount: How much, more than zero.
    ///   - expiresAt: When ``expireHolds(limit:)`` gives the money back unless the payment has ended; `nil` for never. Of
    ///     repeated calls the first one's stands.
    /// - Throws: What ``transfer(_:)`` throws; ``LedgerError/wrongOwner(account:expected:found:)``;
    ///   ``LedgerError/voided(payment:)`` when the payment was given up before; ``LedgerError/alreadyReturned(payment:)``
    ///   when the money came in and was given back since, so that no caller takes it for held.
    @discardableResult
    func authorise(
        payment: String, from user: String, to clearing: String, amount: Money, expiresAt: Date?
    ) async throws(LedgerError) -> TransferResult

    /// Pays all that was authorised out of clearing to the merchant.
    /// - Parameters:
    ///   - payment: The payment's id.
    ///   - merchant: The id of the account that is paid, a merchant's.
    /// - Throws: What ``transfer(_:)`` throws; ``LedgerError/wrongOwner(account:expected:found:)``;
    ///   ``LedgerError/notAuthorised(payment:)``, ``LedgerError/alreadyReturned(payment:)`` or
    ///   ``LedgerError/voided(payment:)``.
    @discardableResult
    func settle(payment: String, to merchant: String) async throws(LedgerError) -> TransferResult

    /// Gives all that was authorised back from clearing to the user.
    ///
    /// When the payment was never authorised there is nothing to give back. That is recorded, and an authorisation that
    /// arrives later, such as one its caller had timed out on, is refused.
    /// - Parameter payment: The payment's id.
    /// - Throws: ``LedgerError/alreadySettled(payment:)``, ``LedgerError/invalid(_:)``, ``LedgerError/overflow(account:)``
    ///   or ``LedgerError/storage(_:)``.
    @discardableResult
    func returnFunds(payment: String) async throws(LedgerError) -> ReturnResult

    /// The money of a payment that was authorised.
    /// - Parameter payment: The payment's id.
    /// - Returns: `nil` when the payment was never authorised.
    /// - Throws: ``LedgerError/storage(_:)``.
    func hold(payment: String) async throws(LedgerError) -> Hold?

    /// Gives back what is held for longer than it was to be, as ``returnFunds(payment:)`` does, those first that expired first.
    /// Until then a hold is pending, and its payment can be settled: whichever call is first counts.
    /// - Parameter limit: How many at most, 1 to 1,000.
    /// - Returns: The payments whose money went back.
    /// - Throws: ``LedgerError/invalid(_:)``, ``LedgerError/overflow(account:)`` or ``LedgerError/storage(_:)``.
    @discardableResult
    func expireHolds(limit: Int) async throws(LedgerError) -> [String]

    /// How far the ledger has brought a payment.
    /// - Parameter payment: The payment's id.
    /// - Throws: ``LedgerError/storage(_:)``.
    func state(payment: String) async throws(LedgerError) -> PaymentState

    /// A recorded transfer.
    /// - Parameter id: The transfer's id; ``TransferKind/id(payment:)`` tells that of a payment's step.
    /// - Returns: The transfer, or `nil` when the ledger has none with this id.
    /// - Throws: ``LedgerError/storage(_:)``.
    func transfer(id: String) async throws(LedgerError) -> Transfer?

    /// A page of an account's postings, oldest first.
    /// - Parameters:
    ///   - account: The account's id.
    ///   - sequence: ``StatementLine/sequence`` of the last line of the page before; 0 for the first page.
    ///   - limit: How many lines at most, 1 to 1,000.
    /// - Throws: ``LedgerError/unknownAccount(_:)``, ``LedgerError/invalid(_:)`` or ``LedgerError/storage(_:)``.
    func statement(
        account: String, after sequence: Int64, limit: Int
    ) async throws(LedgerError) -> [StatementLine]

    /// Recomputes the whole ledger from its postings and lists what doesn't hold, as of one moment.
    ///
    /// Takes time in proportion to the number of postings, while other calls go on.
    /// - Throws: ``LedgerError/storage(_:)``.
    func verify() async throws(LedgerError) -> VerificationReport

    /// Has the ledger verified from time to time, by one of all the processes that ask for it: if no audit has begun within `interval`,
    /// this call makes one, as ``verify()`` does, and keeps what came of it in the ledger.
    /// - Returns: The newest audit that has ended; `nil` while there is none.
    /// - Throws: ``LedgerError/storage(_:)``. An audit that failed is made up for when the next is due.
    func audit(every interval: Duration) async throws(LedgerError) -> Audit?
}

extension Ledger {
    /// Takes a payment's money from the user into clearing, for as long as the payment takes.
    /// - Throws: As ``authorise(payment:from:to:amount:expiresAt:)``.
    @discardableResult
    public func authorise(
        payment: String, from user: String, to clearing: String, amount: Money
    ) async throws(LedgerError) -> TransferResult {
        try await authorise(payment: payment, from: user, to: clearing, amount: amount, expiresAt: nil)
    }
}

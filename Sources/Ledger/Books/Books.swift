import Foundation

/// What a batch of writes has read of a ledger, and what it changes.
///
/// A value without I/O: a storage loads what the writes need, the writes run against it one after the other, each seeing
/// those before it, and the storage records ``changes``. A write that is refused has changed nothing.
struct Books {
    /// What the writes changed so far.
    private(set) var changes = BookChanges()

    private var accounts: [String: Account]
    private var transfers: [String: Transfer]
    private var paymentsUnderWay: [String: Int]
    private var sequence: Int64

    /// - Parameters:
    ///   - accounts: All accounts that the writes may look for and that exist, by id.
    ///   - transfers: All transfers that the writes may look for and that exist, by id.
    ///   - paymentsUnderWay: For each account that is to be closed, the payments it takes part in that have not ended.
    ///   - sequence: The last transfer's place in the ledger.
    init(
        accounts: [String: Account], transfers: [String: Transfer], paymentsUnderWay: [String: Int], sequence: Int64
    ) {
        self.accounts = accounts
        self.transfers = transfers
        self.paymentsUnderWay = paymentsUnderWay
        self.sequence = sequence
    }

    // MARK: Accounts

    mutating func open(_ request: AccountRequest) throws(LedgerError) -> Account {
        if let account = accounts[request.id] {
            try AccountRules.check(request, repeats: account)
            return account
        }
        let account = Account(
            id: request.id, owner: request.owner, currency: request.currency, status: .open,
            overdraftLimit: request.overdraftLimit, paymentLimit: request.paymentLimit, balance: 0)
        accounts[account.id] = account
        changes.opened.append(account)
        return account
    }

    mutating func closeAccount(_ id: String) throws(LedgerError) {
        let account = try existing(id)
        if account.status == .closed { return }
        let underWay = paymentsUnderWay[id] ?? 0
        guard account.balance == 0, underWay == 0 else {
            let balance = Money(minorUnits: account.balance, currency: account.currency)
            throw .accountInUse(id, balance: balance, paymentsUnderWay: underWay)
        }
        accounts[id]?.status = .closed
        changes.closed.append(id)
    }

    // MARK: Transfers

    mutating func transfer(_ request: TransferRequest, now: Date) throws(LedgerError) -> TransferResult {
        if try isRecorded(request, .transfer) { return .alreadyApplied }
        try post(request, .transfer, now: now)
        return .applied
    }

    /// - Parameter request: A transfer from the user to clearing, with the payment's id as its reference.
    mutating func authorise(
        _ request: TransferRequest, expiresAt: Date?, now: Date
    ) throws(LedgerError) -> TransferResult {
        let decision = try PaymentRules.authorise(request.reference, in: state(payment: request.reference))
        if decision == .done, try isRecorded(request, .authorise) { return .alreadyApplied }
        try AccountRules.check(try existing(request.postings[0].account), belongsTo: .user)
        try AccountRules.check(try existing(request.postings[1].account), belongsTo: .clearing)
        try post(request, .authorise, now: now)
        for posting in request.postings { paymentsUnderWay[posting.account, default: 0] += 1 }
        if let expiresAt { changes.holds.append((request.reference, expiresAt)) }
        return .applied
    }

    mutating func settle(payment: String, to merchant: String, now: Date) throws(LedgerError) -> TransferResult {
        let decision = try PaymentRules.settle(payment, in: state(payment: payment))
        let authorisation = try authorisation(of: payment)
        let request = try TransferRequest(
            id: TransferKind.settle.id(payment: payment), reference: payment, from: authorisation.clearing,
            to: merchant, amount: authorisation.amount)
        if decision == .done, try isRecorded(request, .settle) { return .alreadyApplied }
        try AccountRules.check(try existing(merchant), belongsTo: .merchant)
        try post(request, .settle, now: now)
        end(authorisation)
        return .applied
    }

    mutating func returnFunds(payment: String, now: Date) throws(LedgerError) -> ReturnResult {
        let (decision, result) = try PaymentRules.returnFunds(payment, in: state(payment: payment))
        guard decision == .record else { return result }
        let id = TransferKind.return.id(payment: payment)
        if result == .nothingToReturn {
            record(TransferRequest(id: id, reference: payment, postings: []), .return, balances: [], now: now)
        } else {
            let authorisation = try authorisation(of: payment)
            let request = try TransferRequest(
                id: id, reference: payment, from: authorisation.clearing, to: authorisation.user,
                amount: authorisation.amount)
            try post(request, .return, now: now)
            end(authorisation)
        }
        return result
    }

    /// - Returns: False when the payment has ended before.
    mutating func expire(payment: String, now: Date) throws(LedgerError) -> Bool {
        guard state(payment: payment) == .authorised else { return false }
        _ = try returnFunds(payment: payment, now: now)
        changes.expired.append(payment)
        return true
    }

    private func state(payment: String) -> PaymentState {
        PaymentRules.state(
            recorded: Set(TransferKind.steps.filter { transfers[$0.id(payment: payment)] != nil }))
    }

    private func isRecorded(_ request: TransferRequest, _ kind: TransferKind) throws(LedgerError) -> Bool {
        guard let transfer = transfers[request.id] else { return false }
        try TransferRules.check(request, kind, repeats: transfer)
        return true
    }

    /// Everything is checked before anything is changed.
    private mutating func post(
        _ request: TransferRequest, _ kind: TransferKind, now: Date
    ) throws(LedgerError) {
        var balances: [Int64] = []
        for posting in request.postings {
            balances.append(try TransferRules.balance(of: existing(posting.account), after: posting))
        }
        record(request, kind, balances: balances, now: now)
    }

    private mutating func record(_ request: TransferRequest, _ kind: TransferKind, balances: [Int64], now: Date) {
        let transfer = Transfer(
            id: request.id, kind: kind, reference: request.reference, createdAt: now,
            postings: request.postings.sorted { $0.account < $1.account })
        transfers[transfer.id] = transfer
        sequence += 1
        changes.transfers.append((sequence, transfer))
        for (posting, balance) in zip(request.postings, balances) {
            accounts[posting.account]?.balance = balance
            changes.balances[posting.account] = balance
            changes.postings.append((sequence, posting, balance))
        }
    }

    private mutating func end(_ authorisation: Authorisation) {
        paymentsUnderWay[authorisation.user, default: 0] -= 1
        paymentsUnderWay[authorisation.clearing, default: 0] -= 1
    }

    private func existing(_ account: String) throws(LedgerError) -> Account {
        guard let found = accounts[account] else { throw .unknownAccount(account) }
        return found
    }

    // MARK: Authorisations

    /// Who gave how much to whom.
    private struct Authorisation {
        let user: String
        let clearing: String
        let amount: Money
    }

    private func authorisation(of payment: String) throws(LedgerError) -> Authorisation {
        let id = TransferKind.authorise.id(payment: payment)
        let postings = transfers[id]?.postings ?? []
        guard postings.count == 2, let debit = postings.first(where: { $0.amount.minorUnits < 0 }),
            let credit = postings.first(where: { $0.amount.minorUnits > 0 })
        else {
            throw .storage("transfer \(id) is not one debit and one credit; verify the ledger")
        }
        return Authorisation(user: debit.account, clearing: credit.account, amount: credit.amount)
    }
}

import Foundation

/// The ledger's operations, each to be run inside one write transaction.
extension LedgerTables {
    func open(_ request: AccountRequest) throws -> Account {
        if let account = try account(request.id) {
            try AccountRules.check(request, repeats: account)
            return account
        }
        try insert(request)
        return try existing(request.id)
    }

    func closeAccount(_ id: String) throws {
        let account = try existing(id)
        if account.status == .closed { return }
        let underWay = try paymentsUnderWay(id)
        guard account.balance == 0, underWay == 0 else {
            let balance = Money(minorUnits: account.balance, currency: account.currency)
            throw LedgerError.accountInUse(id, balance: balance, paymentsUnderWay: underWay)
        }
        try close(id)
    }

    func transfer(_ request: TransferRequest, now: Date) throws -> TransferResult {
        if try isRecorded(request, .transfer) { return .alreadyApplied }
        let accounts = try request.postings.map { try existing($0.account) }
        try post(request, .transfer, on: accounts, now: now)
        return .applied
    }

    /// - Parameter request: A transfer from the user to clearing, with the payment's id as its reference.
    func authorise(_ request: TransferRequest, now: Date) throws -> TransferResult {
        let payment = request.reference
        let state = PaymentRules.state(recorded: try steps(payment: payment))
        let decision = try PaymentRules.authorise(payment, in: state)
        if decision == .done, try isRecorded(request, .authorise) { return .alreadyApplied }
        let accounts = try request.postings.map { try existing($0.account) }
        try AccountRules.check(accounts[0], belongsTo: .user)
        try AccountRules.check(accounts[1], belongsTo: .clearing)
        try post(request, .authorise, on: accounts, now: now)
        return .applied
    }

    func settle(payment: String, to merchant: String, now: Date) throws -> TransferResult {
        let state = PaymentRules.state(recorded: try steps(payment: payment))
        let decision = try PaymentRules.settle(payment, in: state)
        let authorisation = try Authorisation(of: payment, in: self)
        let request = try TransferRequest(
            id: TransferKind.settle.id(payment: payment), reference: payment, from: authorisation.clearing,
            to: merchant, amount: authorisation.amount
        )
        if decision == .done, try isRecorded(request, .settle) { return .alreadyApplied }
        let accounts = try request.postings.map { try existing($0.account) }
        try AccountRules.check(accounts[1], belongsTo: .merchant)
        try post(request, .settle, on: accounts, now: now)
        return .applied
    }

    func returnFunds(payment: String, now: Date) throws -> ReturnResult {
        let state = PaymentRules.state(recorded: try steps(payment: payment))
        let (decision, result) = try PaymentRules.returnFunds(payment, in: state)
        guard decision == .record else { return result }
        let id = TransferKind.return.id(payment: payment)
        if result == .nothingToReturn {
            try insert(transfer: id, .return, reference: payment, createdAt: now)
        } else {
            let authorisation = try Authorisation(of: payment, in: self)
            let request = try TransferRequest(
                id: id, reference: payment, from: authorisation.clearing, to: authorisation.user,
                amount: authorisation.amount
            )
            try post(request, .return, on: request.postings.map { try existing($0.account) }, now: now)
        }
        return result
    }

    private func isRecorded(_ request: TransferRequest, _ kind: TransferKind) throws -> Bool {
        guard let transfer = try transfer(request.id) else { return false }
        try TransferRules.check(request, kind, repeats: transfer)
        return true
    }

    /// Everything is checked before the first row is written.
    /// - Parameter accounts: The accounts of the request's postings, in their order.
    private func post(_ request: TransferRequest, _ kind: TransferKind, on accounts: [Account], now: Date) throws {
        let balances = try zip(accounts, request.postings).map { account, posting in
            try TransferRules.balance(of: account, after: posting)
        }
        let sequence = try insert(transfer: request.id, kind, reference: request.reference, createdAt: now)
        for (posting, balance) in zip(request.postings, balances) {
            try insert(posting, of: sequence, balance: balance)
        }
    }

    func existing(_ account: String) throws -> Account {
        guard let found = try self.account(account) else { throw LedgerError.unknownAccount(account) }
        return found
    }
}

/// Who gave how much to whom, read back from an authorisation's postings.
private struct Authorisation {
    let user: String
    let clearing: String
    let amount: Money

    init(of payment: String, in tables: LedgerTables) throws {
        let id = TransferKind.authorise.id(payment: payment)
        let postings = try tables.transfer(id)?.postings ?? []
        guard postings.count == 2, let debit = postings.first(where: { $0.amount.minorUnits < 0 }),
            let credit = postings.first(where: { $0.amount.minorUnits > 0 })
        else {
            throw LedgerError.storage("transfer \(id) is not one debit and one credit; verify the ledger")
        }
        user = debit.account
        clearing = credit.account
        amount = credit.amount
    }
}

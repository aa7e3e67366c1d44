public import Foundation

/// A ledger that a database keeps; ``SQLiteLedger`` and ``PostgresLedger`` are those there are. They differ in where the
/// rows are, and in nothing a caller could notice.
public protocol DatabaseLedger: Ledger {
    /// What carries the calls out.
    var engine: LedgerEngine { get }
}

/// Carries out the calls of a ``DatabaseLedger``.
public struct LedgerEngine: Sendable {
    let store: any LedgerStore
    let writer: GroupCommit
    let now: @Sendable () -> Date

    init(_ store: any LedgerStore, writesPerTransaction: Int, now: @escaping @Sendable () -> Date) {
        self.store = store
        self.writer = GroupCommit(store, writesPerTransaction: writesPerTransaction)
        self.now = now
    }

    /// How many writes share a transaction at most.
    package static let writesPerTransaction = 512

    fileprivate func read<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerTables) throws -> Value
    ) async throws(LedgerError) -> Value {
        do {
            return try await store.read(body)
        } catch {
            throw store.ledgerError(error)
        }
    }
}

extension DatabaseLedger {
    @discardableResult
    public func openAccount(_ request: AccountRequest) async throws(LedgerError) -> Account {
        try AccountRules.check(request)
        return try await engine.writer.write(.init(accounts: [request.id])) { books throws(LedgerError) in
            try books.open(request)
        }
    }

    public func closeAccount(_ id: String) async throws(LedgerError) {
        let needs = BookWrite.Needs(accounts: [id], closing: id)
        try await engine.writer.write(needs) { books throws(LedgerError) in try books.closeAccount(id) }
    }

    public func account(_ id: String) async throws(LedgerError) -> Account {
        try await engine.read { try $0.account(id) }
    }

    public func accounts(after id: String?, limit: Int) async throws(LedgerError) -> [Account] {
        try Self.check(pageLimit: limit)
        return try await engine.read { try $0.accounts(after: id ?? "", limit: limit) }
    }

    @discardableResult
    public func transfer(_ request: TransferRequest) async throws(LedgerError) -> TransferResult {
        try TransferRules.check(request, .transfer)
        let needs = BookWrite.Needs(accounts: request.postings.map(\.account), transfers: [request.id])
        return try await engine.writer.write(needs) { [now = engine.now] books throws(LedgerError) in
            try books.transfer(request, now: now())
        }
    }

    @discardableResult
    public func authorise(
        payment: String, from user: String, to clearing: String, amount: Money, expiresAt: Date?
    ) async throws(LedgerError) -> TransferResult {
        try Identifier.check(payment: payment)
        let request = try TransferRequest(
            id: TransferKind.authorise.id(payment: payment), reference: payment, from: user, to: clearing,
            amount: amount)
        try TransferRules.check(request, .authorise)
        let needs = BookWrite.Needs.steps(of: payment, accounts: [user, clearing])
        return try await engine.writer.write(needs) { [now = engine.now] books throws(LedgerError) in
            try books.authorise(request, expiresAt: expiresAt, now: now())
        }
    }

    @discardableResult
    public func settle(payment: String, to merchant: String) async throws(LedgerError) -> TransferResult {
        try Identifier.check(payment: payment)
        let needs = BookWrite.Needs.steps(of: payment, accounts: [merchant])
        return try await engine.writer.write(needs) { [now = engine.now] books throws(LedgerError) in
            try books.settle(payment: payment, to: merchant, now: now())
        }
    }

    @discardableResult
    public func returnFunds(payment: String) async throws(LedgerError) -> ReturnResult {
        try Identifier.check(payment: payment)
        let needs = BookWrite.Needs.steps(of: payment)
        return try await engine.writer.write(needs) { [now = engine.now] books throws(LedgerError) in
            try books.returnFunds(payment: payment, now: now())
        }
    }

    public func hold(payment: String) async throws(LedgerError) -> Hold? {
        let state = try await state(payment: payment)
        return try await engine.read { try $0.hold(payment, in: state) }
    }

    @discardableResult
    public func expireHolds(limit: Int) async throws(LedgerError) -> [String] {
        try Self.check(pageLimit: limit)
        let time = engine.now()
        var expired: [String] = []
        for payment in try await engine.read({ try $0.overdueHolds(at: time, limit: limit) }) {
            let isExpired = try await engine.writer.write(.steps(of: payment)) { books throws(LedgerError) in
                try books.expire(payment: payment, now: time)
            }
            if isExpired { expired.append(payment) }
        }
        return expired
    }

    public func state(payment: String) async throws(LedgerError) -> PaymentState {
        try await engine.read { PaymentRules.state(recorded: try $0.steps(payment: payment)) }
    }

    public func transfer(id: String) async throws(LedgerError) -> Transfer? {
        try await engine.read { try $0.transfers([id])[id] }
    }

    public func statement(
        account: String, after sequence: Int64, limit: Int
    ) async throws(LedgerError) -> [StatementLine] {
        try Self.check(pageLimit: limit)
        return try await engine.read { try $0.statement($0.account(account), after: sequence, limit: limit) }
    }

    public func verify() async throws(LedgerError) -> VerificationReport {
        do {
            return try await engine.store.scan { tables in
                var audit = LedgerAudit()
                return try audit.run(tables)
            }
        } catch {
            throw engine.store.ledgerError(error)
        }
    }

    private static func check(pageLimit: Int) throws(LedgerError) {
        guard (1...1000).contains(pageLimit) else {
            throw .invalid("a page of \(pageLimit) was asked for; ask for 1 to 1,000")
        }
    }
}

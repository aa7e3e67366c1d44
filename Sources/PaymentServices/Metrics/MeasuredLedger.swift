public import Foundation
public import Ledger
import Metrics

/// A ledger that counts and times the calls to it.
public struct MeasuredLedger: Ledger {
    static let duration = "payment_saga_ledger_call_duration_seconds"

    private let ledger: any Ledger

    public init(_ ledger: any Ledger) { self.ledger = ledger }

    public func openAccount(_ request: AccountRequest) async throws(LedgerError) -> Account {
        try await measure("open_account") { () async throws(LedgerError) in try await ledger.openAccount(request) }
    }

    public func closeAccount(_ id: String) async throws(LedgerError) {
        try await measure("close_account") { () async throws(LedgerError) in try await ledger.closeAccount(id) }
    }

    public func account(_ id: String) async throws(LedgerError) -> Account {
        try await measure("account") { () async throws(LedgerError) in try await ledger.account(id) }
    }

    public func accounts(after id: String?, limit: Int) async throws(LedgerError) -> [Account] {
        try await measure("accounts") { () async throws(LedgerError) in
            try await ledger.accounts(after: id, limit: limit)
        }
    }

    public func transfer(_ request: TransferRequest) async throws(LedgerError) -> TransferResult {
        try await measure("transfer") { () async throws(LedgerError) in try await ledger.transfer(request) }
    }

    public func authorise(
        payment: String, from user: String, to clearing: String, amount: Money, expiresAt: Date?
    ) async throws(LedgerError) -> TransferResult {
        try await measure("authorise") { () async throws(LedgerError) in
            try await ledger.authorise(
                payment: payment, from: user, to: clearing, amount: amount, expiresAt: expiresAt)
        }
    }

    public func settle(payment: String, to merchant: String) async throws(LedgerError) -> TransferResult {
        try await measure("settle") { () async throws(LedgerError) in
            try await ledger.settle(payment: payment, to: merchant)
        }
    }

    public func returnFunds(payment: String) async throws(LedgerError) -> ReturnResult {
        try await measure("return_funds") { () async throws(LedgerError) in
            try await ledger.returnFunds(payment: payment)
        }
    }

    public func hold(payment: String) async throws(LedgerError) -> Hold? {
        try await measure("hold") { () async throws(LedgerError) in try await ledger.hold(payment: payment) }
    }

    public func expireHolds(limit: Int) async throws(LedgerError) -> [String] {
        try await measure("expire_holds") { () async throws(LedgerError) in
            try await ledger.expireHolds(limit: limit)
        }
    }

    public func state(payment: String) async throws(LedgerError) -> PaymentState {
        try await measure("state") { () async throws(LedgerError) in try await ledger.state(payment: payment) }
    }

    public func transfer(id: String) async throws(LedgerError) -> Transfer? {
        try await measure("find_transfer") { () async throws(LedgerError) in try await ledger.transfer(id: id) }
    }

    public func statement(
        account: String, after sequence: Int64, limit: Int
    ) async throws(LedgerError) -> [StatementLine] {
        try await measure("statement") { () async throws(LedgerError) in
            try await ledger.statement(account: account, after: sequence, limit: limit)
        }
    }

    public func verify() async throws(LedgerError) -> VerificationReport {
        try await measure("verify") { () async throws(LedgerError) in try await ledger.verify() }
    }

    public func audit(every interval: Duration) async throws(LedgerError) -> Audit? {
        try await measure("audit") { () async throws(LedgerError) in try await ledger.audit(every: interval) }
    }

    private func measure<Answer>(
        _ call: String, _ body: () async throws(LedgerError) -> Answer
    ) async throws(LedgerError) -> Answer {
        let start = ContinuousClock.now
        do throws(LedgerError) {
            let answer = try await body()
            Self.record(call, "ok", since: start)
            return answer
        } catch {
            Self.record(call, error.isOfStorage ? "failed" : "refused", since: start)
            throw error
        }
    }

    private static func record(_ call: String, _ result: String, since start: ContinuousClock.Instant) {
        Timer(label: duration, dimensions: [("call", call), ("result", result)], preferredDisplayUnit: .seconds)
            .record(duration: .now - start)
    }
}

extension LedgerError {
    /// Whether the ledger failed, rather than said no.
    fileprivate var isOfStorage: Bool {
        switch self {
        case .storage, .cannotOpen: true
        default: false
        }
    }
}

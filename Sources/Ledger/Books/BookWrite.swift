/// One caller's write, as it waits for a transaction.
///
/// A batch may be run again before its callers hear of it. Either an answer that `run` gave or `fail` is called, once.
struct BookWrite: Sendable {
    /// What the write has to find in the books when it runs.
    let needs: Needs

    /// Runs the write, and returns what tells the caller its result.
    let run: @Sendable (inout Books) -> @Sendable () -> Void

    /// Tells the caller that the transaction failed.
    let fail: @Sendable (LedgerError) -> Void

    /// Ids of what a write looks for, whether or not it exists. The accounts of transfers needn't be named.
    struct Needs: Sendable {
        var accounts: [String] = []
        var transfers: [String] = []

        /// The account whose payments under way are to be counted.
        var closing: String?

        static func steps(of payment: String, accounts: [String] = []) -> Needs {
            Needs(accounts: accounts, transfers: TransferKind.steps.map { $0.id(payment: payment) })
        }
    }
}

extension Books {
    /// Loads what a batch of writes needs.
    init(for batch: [BookWrite], from tables: LedgerTables) throws {
        var accounts: Set<String> = []
        var transferIDs: [String] = []
        var closing: [String] = []
        for write in batch {
            accounts.formUnion(write.needs.accounts)
            transferIDs += write.needs.transfers
            if let account = write.needs.closing { closing.append(account) }
        }
        let transfers = try tables.transfers(transferIDs)
        for transfer in transfers.values { accounts.formUnion(transfer.postings.lazy.map(\.account)) }
        self.init(
            accounts: try tables.accounts(accounts), transfers: transfers,
            paymentsUnderWay: try tables.paymentsUnderWay(closing), sequence: try tables.lastSequence())
    }
}

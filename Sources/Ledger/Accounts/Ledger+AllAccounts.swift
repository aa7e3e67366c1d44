extension Ledger {
    /// Every account, by id, read page by page.
    /// - Throws: ``LedgerError/storage(_:)``.
    public func allAccounts() async throws(LedgerError) -> [Account] {
        let pageLimit = 1000
        var all: [Account] = []
        while true {
            let page = try await accounts(after: all.last?.id, limit: pageLimit)
            all += page
            if page.count < pageLimit { return all }
        }
    }
}

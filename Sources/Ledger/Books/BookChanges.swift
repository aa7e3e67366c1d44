import Foundation

/// What a batch of writes adds to a ledger.
struct BookChanges {
    /// New accounts, with a balance of zero; ``balances`` has what it became since.
    var opened: [Account] = []

    /// The ids of accounts that were closed.
    var closed: [String] = []

    /// New transfers, with their places in the ledger.
    var transfers: [(sequence: Int64, transfer: Transfer)] = []

    /// The new transfers' postings, each with the balance it left.
    var postings: [(sequence: Int64, posting: Posting, balance: Int64)] = []

    /// New holds that are to end by themselves.
    var holds: [(payment: String, expiresAt: Date)] = []

    /// Payments whose holds have expired.
    var expired: [String] = []

    /// The balances that changed, by account, as the last posting left them.
    var balances: [String: Int64] = [:]
}

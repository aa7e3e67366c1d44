/// The invariants that hold after every run, whatever went wrong in it.
public enum Invariants {
    /// - Returns: What does not hold, each beginning with the invariant's number; empty when all is well.
    public static func violations(in evidence: PaymentEvidence) -> [String] {
        oneOutcomeEach(evidence) + balancedBooks(evidence) + movedOnce(evidence) + ended(evidence)
            + offsetsBehindWork(evidence) + agreement(evidence)
    }

    /// I1: every accepted request has exactly one outcome; events with the same id count once. A payment that is reinstated has a second
    /// one, `succeeded`.
    private static func oneOutcomeEach(_ evidence: PaymentEvidence) -> [String] {
        let outcomes = Dictionary(grouping: Set(evidence.outcomes), by: \.paymentID)
        return evidence.payments.compactMap { payment in
            let statuses = (outcomes[payment] ?? []).map(\.status).sorted()
            guard statuses.count != 1, !(statuses.count == 2 && evidence.isReinstated(payment)) else { return nil }
            return "I1: \(payment) has outcomes \(statuses)"
        } + outcomes.keys.filter { !evidence.payments.contains($0) }.sorted().map { "I1: \($0) was never requested" }
    }

    /// I2: every transfer sums to zero, and so do all balances; no user goes below the limit.
    private static func balancedBooks(_ evidence: PaymentEvidence) -> [String] {
        var violations = evidence.transfers.filter { $0.postings.values.reduce(0, +) != 0 }
            .map { "I2: \($0.kind.rawValue) of \($0.paymentID) does not sum to zero" }
        let total = evidence.balances.values.reduce(0, +)
        if total != 0 { violations.append("I2: all accounts sum to \(total)") }
        for user in evidence.users.sorted() where evidence.balances[user, default: 0] < 0 {
            violations.append("I2: \(user) is at \(evidence.balances[user, default: 0])")
        }
        return violations
    }

    /// I3: at most one debit, one settlement and one return each, and never a settlement of what was returned.
    private static func movedOnce(_ evidence: PaymentEvidence) -> [String] {
        Dictionary(grouping: evidence.transfers) { [$0.paymentID, "\($0.isReinstatement)"] }.values.flatMap {
            transfers in
            let payment = transfers[0].paymentID
            let counts = Dictionary(grouping: transfers, by: \.kind).mapValues(\.count)
            var violations = counts.filter { $0.value > 1 }.map { "I3: \($0.value) × \($0.key.rawValue) of \(payment)" }
            if counts[.settle] != nil, counts[.giveBack] != nil {
                violations.append("I3: \(payment) was settled and returned")
            }
            if counts[.authorise] == nil { violations.append("I3: \(payment) moved money that was not authorised") }
            return violations
        }
    }

    /// I4: every payment ends.
    private static func ended(_ evidence: PaymentEvidence) -> [String] {
        evidence.overdue.map { "I4: \($0) has not ended" }
            + evidence.outcomes
            .filter { !["succeeded", "failed", "cancelled", "rejected"].contains($0.status) }
            .map { "I4: \($0.paymentID) ended as \($0.status)" }
    }

    /// I5: every record below the committed offset was applied or parked.
    private static func offsetsBehindWork(_ evidence: PaymentEvidence) -> [String] {
        evidence.partitions.flatMap { partition in
            (0..<partition.committed).filter { !partition.handled.contains($0) }
                .map { "I5: record \($0) of \(partition.name) was committed and not handled" }
        }
    }

    /// I6: ledger, gateway and outcome tell the same.
    private static func agreement(_ evidence: PaymentEvidence) -> [String] {
        let transfers = Dictionary(grouping: evidence.transfers, by: \.paymentID)
        var last: [String: String] = [:]
        for outcome in evidence.outcomes { last[outcome.paymentID] = outcome.status }
        return evidence.payments.filter { !evidence.forced.contains($0) }.flatMap { payment -> [String] in
            guard let status = last[payment] else { return [] }
            let own = transfers[payment] ?? []
            let settled = own.filter { $0.kind == .settle }.count
            let held = own.filter { $0.kind == .authorise }.count - own.filter { $0.kind == .giveBack }.count - settled
            let charge = evidence.charges[payment]
            var violations: [String] = []
            if held != 0 { violations.append("I6: \(payment) ended \(status), and clearing holds its money") }
            if (status == "succeeded") != (settled == 1) {
                violations.append("I6: \(payment) ended \(status), with \(settled) settlements")
            }
            if let collected = evidence.collected, collected.contains(payment) != (settled == 1) {
                violations.append("I6: \(payment) ended \(status), which its merchant's settlement does not know")
            }
            let keepsCharge = charge == .accepted || (charge == .voided && evidence.isReinstated(payment))
            if (status == "succeeded") != keepsCharge {
                violations.append(
                    "I6: \(payment) ended \(status), with the gateway's charge \(charge?.rawValue ?? "missing")")
            }
            return violations
        }
    }
}

extension PaymentEvidence {
    fileprivate func isReinstated(_ payment: String) -> Bool {
        transfers.contains { $0.paymentID == payment && $0.isReinstatement && $0.kind == .settle }
    }
}

import Foundation
public import Ledger
import PaymentEvents
import PaymentSaga
import SwiftProtobuf
import Temporal

/// Compares what the ledger did with payments, what the gateway did, and what the outcome events say.
///
/// Orders' payments are the ledger's alone, and left out.
public struct Reconciliation: Sendable {
    private static let pageLimit = 1000
    private static let concurrentInquiries = 16

    private let ledger: any Ledger
    private let gateway: ChargeInquiry
    private let outcomes: OutcomeReader
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - ledger: Whose clearing accounts name the payments.
    ///   - gateway: Who is asked for each.
    ///   - outcomes: Where the outcomes are.
    public init(ledger: any Ledger, gateway: ChargeInquiry, outcomes: OutcomeReader) {
        self.init(ledger: ledger, gateway: gateway, outcomes: outcomes, now: { Date() })
    }

    init(
        ledger: any Ledger, gateway: ChargeInquiry, outcomes: OutcomeReader, now: @escaping @Sendable () -> Date
    ) {
        self.ledger = ledger
        self.gateway = gateway
        self.outcomes = outcomes
        self.now = now
    }

    /// Looks at all payments that the ledger moved between the state's positions and its period of grace.
    /// - Parameter isAlive: Called now and then, that it goes on.
    /// - Throws: `ApplicationFailure`, for another attempt; `CancellationError`.
    func run(
        from state: ReconciliationState, publishingTo events: EventPublisher, isAlive: @Sendable () async -> Void
    ) async throws -> ReconciliationReport {
        let time = now()
        let end = time.addingTimeInterval(-Double(state.graceMilliseconds) / 1000)
        do {
            var (payments, positions) = try await moved(from: state.positions, until: end, isAlive)
            var statuses: [String: Set<String>] = [:]
            var unmoved: Set<String> = []
            try await outcomes.read { outcome in
                if payments[outcome.paymentID] != nil {
                    statuses[outcome.paymentID, default: []].insert(outcome.status.text)
                } else if outcome.status == .succeeded, outcome.hasCompletedAt, outcome.completedAt.date < end,
                    outcome.completedAt.date >= state.checkedUntil
                {
                    unmoved.insert(outcome.paymentID)
                    statuses[outcome.paymentID, default: []].insert(outcome.status.text)
                }
            }
            await isAlive()
            for id in unmoved.sorted() { payments[id] = try await standing(of: id) }
            let differences = try await differences(payments, statuses, isAlive)
            for difference in differences {
                var difference = difference
                difference.foundAt = Google_Protobuf_Timestamp(milliseconds: time)
                try await events.publish(difference)
            }
            let next = ReconciliationState(
                positions: positions, checkedUntil: end, graceMilliseconds: state.graceMilliseconds)
            return ReconciliationReport(
                compared: payments.count, differences: differences.count, completedAt: time, next: next)
        } catch let error as LedgerError {
            throw ApplicationFailure("\(error)", type: ServiceFailure.ledgerUnavailable)
        }
    }

    /// The payments that moved money in a stretch of the ledger, and how far the ledger has brought them since.
    private func moved(
        from positions: [String: Int64], until end: Date, _ isAlive: () async -> Void
    ) async throws -> (payments: [String: PaymentStanding], positions: [String: Int64]) {
        var ids: Set<String> = []
        var positions = positions
        for account in try await ledger.allAccounts() where account.owner == .clearing {
            reading: while true {
                let page = try await ledger.statement(
                    account: account.id, after: positions[account.id] ?? 0, limit: Self.pageLimit)
                for line in page {
                    guard line.createdAt < end else { break reading }
                    if let id = PaymentLedger.paymentID(reference: line.reference) { ids.insert(id) }
                    positions[account.id] = line.sequence
                }
                await isAlive()
                if page.count < Self.pageLimit { break }
            }
        }
        var payments: [String: PaymentStanding] = [:]
        for id in ids.sorted() { payments[id] = try await standing(of: id) }
        return (payments, positions)
    }

    private func standing(of paymentID: String) async throws(LedgerError) -> PaymentStanding {
        let state = try await ledger.state(payment: paymentID)
        guard state == .returned else { return PaymentStanding(state: state) }
        switch try await ledger.state(payment: PaymentLedger.reinstatementID(of: paymentID)) {
        case .settled: return PaymentStanding(state: .settled, isReinstated: true)
        case .authorised: return PaymentStanding(state: .authorised, isReinstated: true)
        case .unknown, .returned, .voided: return PaymentStanding(state: state)
        }
    }

    /// Asks the gateway for each payment, a few at a time.
    private func differences(
        _ payments: [String: PaymentStanding], _ statuses: [String: Set<String>],
        _ isAlive: @Sendable () async -> Void
    ) async throws -> [ReconciliationDifference] {
        try await withThrowingTaskGroup(of: ReconciliationDifference?.self) { group in
            var waiting = payments.sorted { $0.key < $1.key }[...]
            var running = 0
            var found: [ReconciliationDifference] = []
            while running > 0 || !waiting.isEmpty {
                if running < Self.concurrentInquiries, let (id, standing) = waiting.popFirst() {
                    let outcomes = statuses[id, default: []]
                    group.addTask { [gateway] in
                        ReconciliationDifference(
                            of: id, ledger: standing, gateway: try await gateway.status(of: id), outcomes: outcomes)
                    }
                    running += 1
                } else {
                    if let difference = try await group.next() ?? nil { found.append(difference) }
                    running -= 1
                    await isAlive()
                }
            }
            return found.sorted { $0.paymentID < $1.paymentID }
        }
    }
}

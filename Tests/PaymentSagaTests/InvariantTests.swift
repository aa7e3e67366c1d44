import PaymentTestSupport
import Testing

@Suite("The invariants")
struct InvariantTests {
    private typealias Change = @Sendable (inout PaymentEvidence) -> Void

    @Test("A payment that succeeded and one that failed in order violate none")
    func none() {
        #expect(Invariants.violations(in: Self.evidence) == [])
    }

    @Test("Each is found violated", arguments: 0..<violations.count)
    func found(index: Int) throws {
        let (name, change) = Self.violations[index]
        var evidence = Self.evidence
        change(&evidence)
        let found = Invariants.violations(in: evidence)
        #expect(found.contains { $0.hasPrefix(name) }, "\(found)")
    }

    private static let violations: [(String, Change)] = [
        ("I1", { $0.outcomes.removeFirst() }),
        ("I1", { $0.outcomes.append(.init(eventID: "good/outcome/failed", paymentID: "good", status: "failed")) }),
        ("I1", { $0.outcomes.append(.init(eventID: "new/outcome/failed", paymentID: "new", status: "failed")) }),
        ("I2", { $0.transfers[0].postings["user"] = 0 }),
        ("I2", { $0.balances["shop"] = 11 }),
        ("I2", { $0.balances = ["user": -1, "shop": 1] }),
        ("I3", { $0.transfers.append($0.transfers[1]) }),
        ("I3", { $0.transfers.append(.init(paymentID: "good", kind: .giveBack, postings: [:])) }),
        ("I3", { $0.transfers.remove(at: 2) }),
        ("I4", { $0.overdue = ["bad"] }),
        ("I4", { $0.outcomes[1].status = "processing" }),
        ("I5", { $0.partitions[0].committed = 3 }),
        ("I6", { $0.charges["good"] = .voided }),
        ("I6", { $0.charges["bad"] = .accepted }),
        ("I6", { $0.transfers.removeLast() }),
        ("I6", { $0.outcomes[0].status = "failed" }),
        ("I6", { $0.collected = [] }),
        ("I6", { $0.collected = ["good", "bad"] }),
    ]

    private static var evidence: PaymentEvidence {
        var evidence = PaymentEvidence()
        evidence.payments = ["good", "bad"]
        evidence.outcomes = [
            .init(eventID: "good/outcome/succeeded", paymentID: "good", status: "succeeded"),
            .init(eventID: "bad/outcome/failed", paymentID: "bad", status: "failed"),
            .init(eventID: "bad/outcome/failed", paymentID: "bad", status: "failed"),
        ]
        evidence.transfers = [
            .init(paymentID: "good", kind: .authorise, postings: ["user": -10, "clearing": 10]),
            .init(paymentID: "good", kind: .settle, postings: ["clearing": -10, "shop": 10]),
            .init(paymentID: "bad", kind: .authorise, postings: ["user": -5, "clearing": 5]),
            .init(paymentID: "bad", kind: .giveBack, postings: ["clearing": -5, "user": 5]),
        ]
        evidence.balances = ["opening": -20, "user": 10, "shop": 10, "clearing": 0]
        evidence.users = ["user"]
        evidence.charges = ["good": .accepted, "bad": .voided]
        evidence.collected = ["good"]
        evidence.partitions = [.init(name: "requests-0", committed: 2, handled: [0, 1, 3])]
        return evidence
    }
}

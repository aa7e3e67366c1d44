import Foundation
import Ledger
import PostgresTestSupport

/// How many payments a second each ledger authorises durably, with many calls in flight: as it is, with concurrent calls in
/// shared transactions, and with one transaction for each call. All take turns, so that whatever else the machine does
/// falls on each.
@main
struct BenchmarkLedger {
    static func main() async throws {
        var (transfers, inFlight, rounds) = (50_000, 256, 5)
        var arguments = CommandLine.arguments.dropFirst()
        while let option = arguments.popFirst() {
            switch (option, arguments.popFirst().flatMap(Int.init) ?? 0) {
            case ("--transfers", let value) where value > 0: transfers = value
            case ("--in-flight", let value) where value > 0: inFlight = value
            case ("--rounds", let value) where value > 0: rounds = value
            default:
                print("usage: scripts/benchmark ledger [--transfers N] [--in-flight N] [--rounds N]")
                exit(64)
            }
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "benchmark-ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = PostgresServer.isInstalled ? try await PostgresServer.start() : nil
        var contenders: [Contender] = []
        for backend in server == nil ? ["sqlite"] : ["sqlite", "postgres"] {
            for writes in [LedgerEngine.writesPerTransaction, 1] {
                let ledger: any Ledger =
                    if backend == "postgres", let server {
                        try PostgresLedger(
                            address: server.address(try await server.makeDatabase()), writesPerTransaction: writes)
                    } else {
                        try SQLiteLedger(
                            path: folder.appending(path: "\(writes).sqlite").path, writesPerTransaction: writes)
                    }
                try await contenders.append(
                    Contender("\(backend), \(writes == 1 ? "one call" : "calls share") a transaction", ledger))
            }
        }
        for round in 1...rounds {
            for index in contenders.indices {
                // One call a transaction takes its time: a tenth is enough to tell the rate.
                let count = transfers / (index.isMultiple(of: 2) ? 1 : 10)
                let rate = try await contenders[index].run(count, inFlight: inFlight)
                print("round \(round) \(contenders[index].name): \(Int(rate)) durable transfers/s")
            }
        }
        for contender in contenders {
            print("median \(contender.name): \(Int(contender.median)) durable transfers/s")
            let report = try await contender.ledger.verify()
            guard report.isConsistent else {
                print("the books of \(contender.name) are wrong: \(report.violations)")
                exit(1)
            }
        }
        for pair in stride(from: 0, to: contenders.count, by: 2) {
            let ratio = contenders[pair].median / contenders[pair + 1].median
            print("\(contenders[pair].name), to one: \(String(format: "%.1f", ratio))")
        }
        await server?.stop()
    }
}

/// A ledger, and what was measured of it.
struct Contender {
    let name: String
    let ledger: any Ledger
    private var rates: [Double] = []
    private static let users = 1_000

    init(_ name: String, _ ledger: any Ledger) async throws {
        self.name = name
        self.ledger = ledger
        let eur = try Currency("EUR")
        try await ledger.openAccount(AccountRequest(id: "clearing", owner: .clearing, currency: eur))
        try await withThrowingTaskGroup { group in
            for user in 0..<Self.users {
                group.addTask {
                    let request = AccountRequest(
                        id: "user-\(user)", owner: .user, currency: eur, overdraftLimit: 1 << 40)
                    try await ledger.openAccount(request)
                }
            }
            try await group.waitForAll()
        }
    }

    var median: Double { rates.sorted()[rates.count / 2] }

    /// Authorises payments with random ids from random users.
    /// - Returns: Payments a second.
    mutating func run(_ count: Int, inFlight: Int) async throws -> Double {
        let amount = Money(minorUnits: 1, currency: try Currency("EUR"))
        let begin = ContinuousClock.now
        try await withThrowingTaskGroup { [ledger] group in
            for task in 0..<inFlight {
                group.addTask {
                    for _ in 0..<(count / inFlight + (task < count % inFlight ? 1 : 0)) {
                        let payment = String(UInt64.random(in: .min ... .max), radix: 36)
                        try await ledger.authorise(
                            payment: payment, from: "user-\(Int.random(in: 0..<Self.users))", to: "clearing",
                            amount: amount)
                    }
                }
            }
            try await group.waitForAll()
        }
        let rate = Double(count) / (begin.duration(to: .now) / .seconds(1))
        rates.append(rate)
        return rate
    }
}

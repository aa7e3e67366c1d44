import Foundation
import Ledger
import PostgresTestSupport
import Testing

@Suite("Ledgers in several processes")
struct ProcessTests {
    /// Appends the ids of acknowledged transfers to a file, so that they outlive the process that was told.
    private struct Acknowledgements: Sendable {
        let file: FileHandle

        init(path: String) throws {
            if !FileManager.default.fileExists(atPath: path) {
                try Data().write(to: URL(fileURLWithPath: path))
            }
            file = try #require(FileHandle(forUpdatingAtPath: path))
            try file.seekToEnd()
        }

        func add(_ id: String) throws { try file.write(contentsOf: Data("\(id)\n".utf8)) }
    }

    @Test(
        "lose no acknowledged transfer when the process is killed under load, time after time",
        arguments: Backend.available)
    func killed(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts(userBalance: 1_000_000)
        let acknowledged = fixture.folder.appendingPathComponent("acknowledged").path
        for round in 0..<3 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [
                    backend = backend.rawValue as String, address = fixture.address as String,
                    acknowledged = acknowledged as String, round = round as Int
                ] in
                let ledger = try #require(Backend(rawValue: backend)).open(address)
                let acknowledgements = try Acknowledgements(path: acknowledged)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<32 {
                        group.addTask {
                            for number in 0... {
                                let id = "t-\(round)-\(task)-\(number)"
                                try await ledger.transfer(move(id, "user", "shop", 1))
                                try acknowledgements.add(id)
                                if task == 0, number == 30 + round * 7 { kill(getpid(), SIGKILL) }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
        let ids = try String(contentsOfFile: acknowledged, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(ids.count > 90)
        for id in ids {
            #expect(try await fixture.ledger.transfer(id: id) != nil, "\(id) was acknowledged and is gone")
        }
        let report = try await fixture.ledger.verify()
        #expect(report.violations == [])
        let shop = try await fixture.ledger.account("shop").balance
        #expect(shop >= Int64(ids.count) && Int(shop) == report.transfers - 1)
    }

    @Test(
        "open and write one new ledger at the same time, and none overwrites another's update",
        arguments: Backend.available)
    func writers(backend: Backend) async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let address: String
        switch backend {
        case .sqlite: address = folder.appendingPathComponent("ledger.db").path
        case .postgres:
            let server = try await PostgresServer.shared()
            address = server.address(try await server.makeDatabase())
        }
        await withTaskGroup { group in
            for process in 0..<3 {
                group.addTask {
                    await #expect(processExitsWith: .success) {
                        [backend = backend.rawValue as String, address = address as String, process = process as Int] in
                        let ledger = try #require(Backend(rawValue: backend)).open(address)
                        try await ledger.openAccount(AccountRequest(id: "funding", owner: .funding, currency: eur))
                        try await ledger.openAccount(AccountRequest(id: "user", owner: .user, currency: eur))
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for task in 0..<10 {
                                group.addTask {
                                    for number in 0..<20 {
                                        let id = "t-\(process)-\(task)-\(number)"
                                        try await ledger.transfer(move(id, "funding", "user", 1))
                                        try await ledger.transfer(
                                            move("shared-\(task)-\(number)", "funding", "user", 1))
                                    }
                                }
                            }
                            try await group.waitForAll()
                        }
                    }
                }
            }
        }
        let ledger = try backend.open(address, createIfMissing: false)
        #expect(try await ledger.account("user").balance == 3 * 200 + 200)
        let report = try await ledger.verify()
        #expect(report.violations == [])
        #expect(report.transfers == 800)
    }
}

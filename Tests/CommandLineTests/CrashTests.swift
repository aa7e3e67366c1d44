import Foundation
import Ledger
import PaymentSaga
import PostgresTestSupport
import Temporal
import TemporalAPI
import TemporalTestSupport
import Testing
import WaitingTestSupport

/// Failure cases 29 to 31, with the payment workflow on real servers and the worker in a process of its own.
@Suite("Payments survive", .serialized, .timeLimit(.minutes(10)))
struct CrashTests {
    private static let installed = Comment("there is no Temporal server in .tools: run scripts/setup")

    @Test(
        "Case 29: kill -9 of the worker at every step of the saga, one by one",
        .enabled(if: DevelopmentStackTests.hasTemporal, installed))
    func killedWorker() async throws {
        try await PaymentStage.run { stage in
            try await stage.startWorker()
            var number = 0
            // Embedded, several steps are one task of a worker; distributed, each is on record by itself.
            for placement in PaymentPolicy.Placement.allCases {
                // How long the histories of a declined and an approved payment get tells how many steps there are.
                var lengths: [Int] = []
                for _ in 1...2 {
                    number += 1
                    let handle = try await stage.startPayment(number, placement)
                    _ = try await handle.result()
                    lengths.append(try await handle.untyped.fetchHistory().count)
                }
                for step in 1...Self.kills {
                    // One of each kind, of which one decides by its history when the worker is killed.
                    let declined = try await stage.startPayment(number + 1, placement)
                    let approved = try await stage.startPayment(number + 2, placement)
                    number += 2
                    let (handle, length) = step.isMultiple(of: 2) ? (approved, lengths[1]) : (declined, lengths[0])
                    try await Self.wait(until: handle, hasEvents: max(3, length * step / (Self.kills + 1)))
                    try await stage.killWorker()
                    try await stage.startWorker()
                }
            }
            try await stage.expectOutcomes(of: number)
        }
    }

    @Test(
        "Case 30: kill -9 of the Temporal server, and its restart on its database",
        .enabled(if: DevelopmentStackTests.hasTemporal, installed))
    func killedServer() async throws {
        try await PaymentStage.run(isPersistent: true) { stage in
            try await stage.startWorker()
            for number in 1...20 { _ = try await stage.startPayment(number) }
            while try await stage.ledger.state(payment: "p-1") == .unknown {
                try await Task.sleep(for: .milliseconds(2))
            }
            await stage.temporal.kill()
            try await stage.temporal.restart()
            try await stage.expectOutcomes(of: 20)
        }
    }

    @Test(
        "Case 31: the ledger's database is killed and restarted",
        .enabled(if: DevelopmentStackTests.hasTemporal && PostgresServer.isInstalled, installed))
    func killedDatabase() async throws {
        let server = try await PostgresServer.start()
        let address = server.address("postgres")
        try await PaymentStage.run(ledger: PostgresLedger(address: address), at: address) { stage in
            try await stage.startWorker()
            for number in 1...20 { _ = try await stage.startPayment(number) }
            while try await stage.ledger.state(payment: "p-1") == .unknown {
                try await Task.sleep(for: .milliseconds(2))
            }
            await server.kill()
            try await server.launch()
            try await stage.expectOutcomes(of: 20)
        }
        await server.stop()
    }

    @Test(
        "Case 31: the ledger's disk is full, and has room again",
        .enabled(if: DevelopmentStackTests.hasTemporal, installed))
    func fullDisk() async throws {
        try await PaymentStage.run { stage in
            // No file of the worker's may grow beyond this, as if the disk ended there.
            let limit = try Self.size(of: "\(stage.ledgerAddress)-wal") + 16_384
            try await stage.startWorker(
                behind: ["/bin/bash", "-c", "trap '' XFSZ; exec prlimit --fsize=\(limit): \"$@\"", "worker"])
            for number in 1...20 { _ = try await stage.startPayment(number) }
            try await eventually("the disk is full") {
                try Self.size(of: "\(stage.ledgerAddress)-wal") > limit - Self.pageBytes
            }
            #expect(try await stage.ledger.verify().violations == [])
            try await Self.run("/usr/bin/prlimit", ["--pid", "\(await stage.workerID)", "--fsize=unlimited:"])
            try await stage.expectOutcomes(of: 20)
        }
    }

    @Test(
        "Case 31: the ledger's database fails transactions as not serializable",
        .enabled(if: DevelopmentStackTests.hasTemporal && PostgresServer.isInstalled, installed))
    func serializationFailure() async throws {
        let server = try await PostgresServer.start()
        let address = server.address("postgres")
        try await PaymentStage.run(ledger: PostgresLedger(address: address), at: address) { stage in
            // A sequence is not rolled back, so it counts the failures.
            try await server.query(
                """
                CREATE SEQUENCE public.failures;
                CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF nextval('public.failures') % 3 <> 0 AND currval('public.failures') < 20 THEN
                        RAISE EXCEPTION 'could not serialize access' USING ERRCODE = 'serialization_failure';
                    END IF;
                    RETURN NEW;
                END $$;
                CREATE TRIGGER fail BEFORE INSERT ON ledger.postings FOR EACH ROW EXECUTE FUNCTION public.fail()
                """, in: "postgres")
            try await stage.startWorker()
            for number in 1...20 { _ = try await stage.startPayment(number) }
            try await stage.expectOutcomes(of: 20)
            #expect(Int(try await server.query("SELECT last_value FROM public.failures", in: "postgres")) ?? 0 > 20)
        }
        await server.stop()
    }

    /// For each placement: as many as a payment has steps.
    private static let kills = 9

    /// A page of the ledger's file as its log has it.
    private static let pageBytes = 4096 + 24

    private static func wait(until handle: WorkflowHandle<PaymentWorkflow>, hasEvents count: Int) async throws {
        try await eventually("\(handle.id) has \(count) events") {
            let history = try await handle.untyped.fetchHistory()
            return history.count >= count || history.last?.eventType == .workflowExecutionCompleted
        }
    }

    private static func size(of file: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
    }

    private static func run(_ program: String, _ arguments: [String]) async throws {
        let process = try Process.run(URL(filePath: program), arguments: arguments)
        try await eventually("\(program) ended") { !process.isRunning }
        #expect(process.terminationStatus == 0)
    }
}

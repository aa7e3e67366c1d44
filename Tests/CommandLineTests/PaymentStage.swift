import Foundation
import Kafka
import Ledger
import PaymentEvents
import PaymentSaga
import Temporal
import TemporalTestSupport
import Testing

/// A Temporal server on a file, a broker, providers and a worker, each a process that can be killed, and payments on them.
///
/// Half of the payments are approved by the gateway and half declined; the tests send its word themselves.
actor PaymentStage {
    nonisolated let temporal: TemporalDevServer
    nonisolated let client: TemporalClient
    nonisolated let ledger: any Ledger
    nonisolated let ledgerAddress: String
    private let connection: TemporalConnection
    nonisolated let kafka: KafkaConfiguration
    /// Where the simulated providers listen.
    nonisolated let providers: String
    private let broker: Program
    private let simulators: Program
    private var worker: RunningRole?

    /// Starts everything on a ledger in a file, and ends it when `body` has.
    /// - Parameter isPersistent: Whether the Temporal server finds everything again after it was killed.
    static func run(isPersistent: Bool = false, _ body: (PaymentStage) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "stage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "ledger.sqlite").path
        try await run(ledger: SQLiteLedger(path: path), at: path, isPersistent: isPersistent, body)
    }

    /// Starts everything, and ends it when `body` has.
    static func run(
        ledger: any Ledger, at address: String, isPersistent: Bool = false, _ body: (PaymentStage) async throws -> Void
    ) async throws {
        let temporal = try await TemporalDevServer.start(isPersistent: isPersistent, endsPolls: true)
        let connection = try await TemporalConnection.connect(
            .init(target: ChannelTarget(host: temporal.host, port: temporal.port), namespace: temporal.namespace))
        let broker = try Program(["dev-broker"])
        let servers = try await broker.line(containing: "127.0.0.1:")
        let simulators = try Program(["simulators", "--kafka-bootstrap-servers", servers])
        let ready = try await simulators.line(containing: "ready")
        let stage = PaymentStage(
            temporal: temporal, connection: connection, ledger: ledger, ledgerAddress: address,
            kafka: KafkaConfiguration(bootstrapServers: servers), broker: broker, simulators: simulators,
            providers: String(ready.split(separator: " ").last ?? ""))
        let result: Result<Void, any Error>
        do {
            try await stage.openAccounts()
            result = .success(try await body(stage))
        } catch {
            result = .failure(error)
        }
        await connection.close()
        await temporal.stop()
        try result.get()
    }

    private init(
        temporal: TemporalDevServer, connection: TemporalConnection, ledger: any Ledger, ledgerAddress: String,
        kafka: KafkaConfiguration, broker: Program, simulators: Program, providers: String
    ) {
        self.temporal = temporal
        self.connection = connection
        client = TemporalClient(connection)
        self.ledger = ledger
        self.ledgerAddress = ledgerAddress
        self.kafka = kafka
        self.broker = broker
        self.simulators = simulators
        self.providers = providers
    }

    /// Starts the worker, behind the words of another command if any are given, and returns when it serves.
    /// - Parameter gateway: The gateway's URL; that of the simulated one unless given.
    @discardableResult
    func startWorker(gateway: String? = nil, behind command: [String] = []) async throws -> RunningRole {
        let worker = try await startRole(
            "worker",
            [
                "--ledger", ledgerAddress, "--gateway-url", gateway ?? providers, "--fraud-url", providers,
                "--notifications-url", providers, "--metrics-port", "0",
            ], behind: command)
        self.worker = worker
        return worker
    }

    /// Starts a role, and returns when it serves.
    func startRole(_ role: String, _ options: [String], behind command: [String] = []) async throws -> RunningRole {
        let program = try Program(
            [
                role, "--temporal-address", "\(temporal.host):\(temporal.port)", "--kafka-bootstrap-servers",
                kafka.bootstrapServers, "--log-level", "critical",
            ] + options, behind: command)
        let line = try await program.line(containing: "ready")
        return RunningRole(program: program, url: String(line.split(separator: " ").last ?? ""))
    }

    /// Ends the worker as a crash would.
    func killWorker() async throws {
        worker?.program.send(SIGKILL)
        _ = try await worker?.program.status()
        worker = nil
    }

    var workerID: pid_t { worker?.program.pid ?? 0 }

    /// Starts a payment that the gateway takes, and never confirms.
    func startPayment(waiting id: String) async throws -> WorkflowHandle<PaymentWorkflow> {
        try await client.startWorkflow(
            PaymentWorkflow.self, PaymentInput(request: Self.request(id)),
            options: StartWorkflowOptions(id: id, taskQueue: TaskQueues.payments))
    }

    /// Starts a payment whose confirmation is there already: approved for even numbers, declined for odd ones.
    func startPayment(
        _ number: Int, _ placement: PaymentPolicy.Placement = .embedded
    ) async throws -> WorkflowHandle<PaymentWorkflow> {
        let id = Self.id(number)
        return try await client.signalWithStart(
            PaymentWorkflow.self, PaymentInput(request: Self.request(id), policy: PaymentPolicy(placement: placement)),
            signal: PaymentWorkflow.confirmation,
            Confirmation(
                confirmationID: "c-\(id)", status: number.isMultiple(of: 2) ? .approved : .declined,
                gatewayReference: "ch-\(id)", reason: "as the test says"),
            options: StartWorkflowOptions(id: id, taskQueue: TaskQueues.payments))
    }

    /// Waits until that many payments have ended, and checks that each ended as if nothing had happened: its result, the money, the
    /// outcome event and the books.
    func expectOutcomes(of count: Int) async throws {
        for number in 1...count {
            let result = try await client.handle(for: PaymentWorkflow.self, id: Self.id(number)).result()
            let isApproved = number.isMultiple(of: 2)
            #expect(result.status == (isApproved ? .succeeded : .failed), "payment \(number): \(result)")
            #expect(try await ledger.state(payment: Self.id(number)) == (isApproved ? .settled : .returned))
        }
        let approved = Int64(count / 2)
        #expect(try await ledger.account("user").balance == 1000_00 - approved * 1_00)
        #expect(try await ledger.account("shop").balance == approved * 1_00)
        #expect(try await ledger.account("clearing-EUR").balance == 0)
        #expect(try await ledger.verify().violations == [])
        let outcomes = try await outcomes(of: count)
        #expect(outcomes.count == count)
        #expect(outcomes.values.allSatisfy { $0.count == 1 }, "more than one outcome: \(outcomes)")
    }

    /// The ids of the outcome events, by payment.
    private func outcomes(of count: Int) async throws -> [String: Set<String>] {
        let reader = try await KafkaReader(kafka, topics: [Topics().outcomes])
        var unread = Set(reader.partitions)
        var ids: [String: Set<String>] = [:]
        reading: for await event in reader.events {
            switch event {
            case .records(let records):
                for record in records {
                    let outcome: PaymentOutcome = try EventCodec.decode(from: record.value, headers: [])
                    ids[outcome.paymentID, default: []].insert(outcome.eventID)
                }
            case .endOfPartition(let partition, _):
                unread.remove(partition)
                if unread.isEmpty { break reading }
            case .warning: continue
            }
        }
        await reader.close()
        return ids
    }

    private func openAccounts() async throws {
        let currency = try Currency("EUR")
        for (id, owner) in [("funding", AccountOwner.funding), ("user", .user), ("shop", .merchant)] {
            try await ledger.openAccount(AccountRequest(id: id, owner: owner, currency: currency))
        }
        try await ledger.transfer(
            TransferRequest(
                id: "seed", reference: "seed", from: "funding", to: "user",
                amount: Money(minorUnits: 1000_00, currency: currency)))
    }

    private static func request(_ id: String) -> PaymentRequest {
        PaymentRequest(
            paymentID: id, userID: "user", merchantID: "shop", amount: Amount(currency: "EUR", minorUnits: 1_00),
            methodType: "card", methodToken: "tok_silent")
    }

    private static func id(_ number: Int) -> String { "p-\(number)" }
}

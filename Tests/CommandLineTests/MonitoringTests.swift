import Foundation
import FoundationNetworking
import Kafka
import PaymentSaga
import Temporal
import TemporalAPI
import Testing
import WaitingTestSupport

@Suite("A running system", .serialized, .timeLimit(.minutes(5)))
struct MonitoringTests {
    @Test(
        "shows every documented metric with every documented label, and no other; logs no person or card",
        .enabled(if: DevelopmentStackTests.hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func metrics() async throws {
        let stack = try await RunningStack(
            payments: 100,
            environment: [
                "PAYMENT_SAGA_LOG_FORMAT": "json", "PAYMENT_SAGA_LOG_LEVEL": "debug",
                "PAYMENT_SAGA_STRANDED_AFTER": "1s", "PAYMENT_SAGA_LEDGER_VERIFY_INTERVAL": "1s",
                "PAYMENT_SAGA_APPROVAL_ABOVE": "USD:900000",
                "PAYMENT_SAGA_OTLP_ENDPOINT": "http://127.0.0.1:\(ListeningPort.closed)",
            ])
        let (sidecar, bridge, worker) = (stack.sidecar, stack.bridgeMetrics, stack.workerMetrics)
        let roles = ["\(sidecar)/metrics", "\(stack.simulators)/metrics", bridge, worker]
        for role in [bridge, worker] {
            let base = role.replacing("/metrics", with: "")
            #expect(try await HTTPAnswer.get("\(base)/healthz").status == 200)
            #expect(try await HTTPAnswer.get("\(base)/readyz").status == 200)
        }
        _ = try await HTTPAnswer.get("\(sidecar)/v1/payments/nobody")
        try await bringAboutWhatIsSeldom(stack)

        let documented = try DocumentedMetrics().labels
        let expected = documented.filter { metric in !RareMetric.all.contains { $0.name == metric.key } }
        var missing: [String: Set<String>] = [:]
        try await eventually("the metrics that docs/metrics.md has: \(missing)") {
            let found = try await labels(of: roles)
            missing = expected.reduce(into: [:]) { missing, metric in
                let lacking = found[metric.key].map(metric.value.subtracting) ?? ["the metric itself"]
                if !lacking.isEmpty { missing[metric.key] = lacking }
            }
            return missing.isEmpty
        }
        let found = try await labels(of: roles)
        for (name, labels) in found {
            let known = documented[name]
            #expect(known.map(labels.isSubset) == true, "docs/metrics.md does not have \(name) with \(labels.sorted())")
        }

        let scrape = try Scrape(text: try await HTTPAnswer.get(worker).text)
        let succeeded = scrape.samples.filter {
            $0.name == "payment_saga_outcomes_total" && $0.labels["status"] == "SUCCEEDED"
        }
        #expect(succeeded.map(\.value).reduce(0, +) >= 60)
        #expect(scrape.value(of: "payment_saga_ledger_violations") == 0)
        try await eventually("a payment that waits for approval is none that is stranded") {
            let scrape = try Scrape(text: try await HTTPAnswer.get(worker).text)
            return scrape.value(of: "payment_saga_payments_awaiting_approval") == 1
                && scrape.value(of: "payment_saga_payments_open") == 1
                && scrape.value(of: "payment_saga_payments_stranded") == 0
        }
        try expectCleanLogs(in: stack.folder)
    }

    @Test("Metrics that a short run does not show are documented, and each is named by the test that brings it about")
    func rareMetrics() throws {
        let documented = try DocumentedMetrics().labels
        for metric in RareMetric.all {
            #expect(documented[metric.name] != nil, "\(metric.name)")
            let test = try String(
                contentsOf: Program.repository.appending(path: "Tests/\(metric.test).swift"), encoding: .utf8)
            #expect(test.contains(metric.shortName), "\(metric.test) does not look at \(metric.name)")
        }
    }

    /// A payment that waits for approval, a request that contradicts another, sagas that fail and are cancelled, and a workflow that no
    /// worker knows.
    private func bringAboutWhatIsSeldom(_ stack: RunningStack) async throws {
        let producer = try KafkaProducer(KafkaConfiguration(bootstrapServers: stack.broker))
        for (id, minorUnits) in [("large", 900_001), ("twice", 1), ("twice", 2)] {
            let request = """
                {"payment_id": "\(id)", "user_id": "user-ada", "merchant_id": "merchant-books", "amount": {"currency": "USD",
                "minor_units": \(minorUnits)}, "payment_method": {"type": "card", "token": "tok_ok"},
                "requested_at": "2026-01-01T00:00:00Z"}
                """
            _ = try await producer.send(ProducerRecord(topic: "payments.requests", key: id, value: Array(request.utf8)))
        }
        await producer.close(timeout: .seconds(10))

        let address = try #require(ChannelTarget(stack.temporal))
        let connection = try await TemporalConnection.connect(.init(target: address))
        let client = TemporalClient(connection)
        for (id, product) in [("refused", "prod-sold-out"), ("cancelled", "prod-slow")] {
            let file = FileManager.default.temporaryDirectory.appending(path: "saga-\(UUID().uuidString).json")
            defer { try? FileManager.default.removeItem(at: file) }
            let example = Program.repository.appending(path: "Examples/order-saga.json")
            try String(contentsOf: example, encoding: .utf8).replacing("order-12345", with: id)
                .replacing("prod-001", with: product).write(to: file, atomically: true, encoding: .utf8)
            let start = try Program(["saga", "start", file.path, "--temporal-address", stack.temporal])
            #expect(try await start.status() == 0, "\(start.errors)")
            if id == "cancelled" { try await client.handle(id: "order-saga-\(id)").cancel() }
        }
        _ = try await client.startWorkflow(
            typeName: "UnknownWorkflow", input: Payloads(),
            options: StartWorkflowOptions(id: "unknown", taskQueue: TaskQueues.payments))
        await connection.close()
    }

    /// The labels of all metrics of these roles.
    private func labels(of addresses: [String]) async throws -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for address in addresses {
            found.merge(try Scrape(text: try await HTTPAnswer.get(address).text).labels) { $0.union($1) }
        }
        return found
    }

    /// Every line is JSON, some tell of a payment, and none tells whose it is or what it was paid with.
    private func expectCleanLogs(in folder: String) throws {
        var lines: [Substring] = []
        for role in ["bridge", "worker", "sidecar", "simulators"] {
            lines += try String(contentsOfFile: "\(folder)/\(role).log", encoding: .utf8).split(separator: "\n")
        }
        #expect(!lines.isEmpty)
        for line in lines {
            #expect(
                (try? JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any], "not JSON: \(line)")
            for secret in ["tok_", "user-ada", "user-ben", "user-chi", "user-dev", "user-poor"] {
                #expect(!line.contains(secret), "a log tells of a person or a card: \(line)")
            }
        }
    }
}

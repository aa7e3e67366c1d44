import Foundation
import Kafka
import Testing
import WaitingTestSupport

@Suite("What can't work")
struct FailureTests {
    @Test("is told when the Temporal command line is missing")
    func missingTool() async throws {
        let program = try Program(
            ["dev"], environment: ["PATH": "/nonexistent", "PAYMENT_SAGA_TEMPORAL_CLI": ""],
            directory: FileManager.default.temporaryDirectory)
        #expect(try await program.status() == 69)
        #expect(
            program.errors
                == "Error: temporal CLI not found: run scripts/setup, or put `temporal` on the PATH\n")
    }

    @Test("is told when no Temporal server answers")
    func unreachableTemporal() async throws {
        let broker = try Program(["dev-broker"])
        let servers = try await broker.line(containing: "127.0.0.1:")
        let port = ListeningPort.closed
        let program = try Program(
            [
                "bridge", "--kafka-bootstrap-servers", servers, "--temporal-address", "127.0.0.1:\(port)",
                "--start-timeout", "2s",
            ])
        #expect(try await program.status() != 0)
        expectOneLine(program.errors, containing: "127.0.0.1:\(port)")
    }

    @Test("is waited for by a role that starts, which is alive and not ready meanwhile, and says what it waits for")
    func starting() async throws {
        let broker = try Program(["dev-broker"])
        let servers = try await broker.line(containing: "127.0.0.1:")
        let program = try Program([
            "bridge", "--kafka-bootstrap-servers", servers, "--temporal-address", "127.0.0.1:\(ListeningPort.closed)",
            "--metrics-port", "0", "--start-timeout", "8s",
        ])
        var url = ""
        try await eventually("it tells where its health is\n\(program.errors)") {
            url = program.errors.firstMatch(of: /health and metrics at (http:[0-9.:\/]+)/).map { String($0.1) } ?? ""
            return !url.isEmpty
        }
        #expect(try await HTTPAnswer.get("\(url)/healthz").status == 200)
        let ready = try await HTTPAnswer.get("\(url)/readyz")
        #expect(ready.status == 503 && ready.text.contains("starting"))
        #expect(try await program.status() == 1)
        #expect(program.errors.contains("waiting for Temporal at 127.0.0.1:\(ListeningPort.closed)"))
        #expect(program.output.isEmpty)
    }

    @Test("is told when no Kafka broker answers")
    func unreachableKafka() async throws {
        let port = ListeningPort.closed
        let program = try Program(
            ["simulators", "--log-level", "critical", "--start-timeout", "2s"],
            environment: ["PAYMENT_SAGA_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:\(port)"])
        #expect(try await program.status() != 0)
        expectOneLine(program.errors, containing: "127.0.0.1:\(port)")
    }

    @Test(
        "is told when a role may not see a topic that it writes to, by the topic's name",
        arguments: [
            (["simulators"], "payments.confirmations"),
            (["worker", "--services", "orchestrator"], "payments.outcomes"),
            (["worker", "--services", "orchestrator,notifications"], "payments.notifications"),
        ])
    func hiddenTopic(role: [String], topic: String) async throws {
        let cluster = try MockKafkaCluster()
        try cluster.createTopic(topic, partitions: 1)
        try cluster.failLookups(of: topic, with: .topicAuthorizationFailed)
        let program = try Program(
            role + ["--log-level", "critical"],
            environment: [
                "PAYMENT_SAGA_KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrapServers,
                "PAYMENT_SAGA_NOTIFICATIONS_URL": "http://127.0.0.1:1",
            ])
        #expect(try await program.status() != 0)
        expectOneLine(program.errors, containing: "'\(topic)'")
        await cluster.close()
    }

    @Test(
        "is told when the token that guards the sidecar is empty or missing, instead of letting everybody in",
        arguments: [["--api-token", ""], ["--api-token", " "], ["--api-token-for-reads", "true"]])
    func noToken(options: [String]) async throws {
        let program = try Program(["sidecar", "--kafka-bootstrap-servers", "127.0.0.1:1"] + options)
        #expect(try await program.status() == 78)
        expectOneLine(program.errors, containing: "--api-token")
    }

    @Test("is told when a port is taken")
    func portInUse() async throws {
        let broker = try Program(["dev-broker"])
        let servers = try await broker.line(containing: "127.0.0.1:")
        let taken = try ListeningPort()
        let program = try Program(
            ["simulators", "--kafka-bootstrap-servers", servers, "--simulators-port", "\(taken.port)"])
        #expect(try await program.status() != 0)
        expectOneLine(program.errors, containing: "127.0.0.1:\(taken.port)")
    }

    @Test("is told when a setting is missing or wrong, with the names it can be given by")
    func settings() async throws {
        let missing = try Program(["bridge"], environment: ["PAYMENT_SAGA_KAFKA_BOOTSTRAP_SERVERS": ""])
        #expect(try await missing.status() == 78)
        expectOneLine(missing.errors, containing: "PAYMENT_SAGA_KAFKA_BOOTSTRAP_SERVERS")

        let wrong = try Program(["sidecar"], environment: ["PAYMENT_SAGA_SIDECAR_PORT": "eighty"])
        #expect(try await wrong.status() == 78)
        expectOneLine(wrong.errors, containing: "\"eighty\"")

        let services = try Program(["worker", "--services", "ledger,gatway"])
        #expect(try await services.status() == 78)
        expectOneLine(services.errors, containing: "\"ledger,gatway\"")
        for option in ["late-confirmations", "approval-above", "placement"] {
            let policy = try Program(["bridge", "--\(option)", "whatever"])
            #expect(try await policy.status() == 78)
            expectOneLine(policy.errors, containing: "--\(option)")
        }
    }

    @Test("is told when there is no ledger to look into")
    func missingLedger() async throws {
        let program = try Program(["ledger", "verify", "--ledger", "/nonexistent/ledger.sqlite"])
        #expect(try await program.status() != 0)
        expectOneLine(program.errors, containing: "/nonexistent/ledger.sqlite")
    }

    @Test("is told of each file that is no history, on a line of its own")
    func noHistory() async throws {
        let program = try Program(["replay", "Package.swift", "/nonexistent/history.json"])
        #expect(try await program.status() == 1)
        let lines = program.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("Package.swift: not a workflow history") == true)
        #expect(lines.last?.hasPrefix("/nonexistent/history.json: cannot be read") == true)
    }

    /// One line that a person can act on: no dump of an error, no backtrace.
    private func expectOneLine(
        _ errors: String, containing text: String, at location: SourceLocation = #_sourceLocation
    ) {
        #expect(errors.hasPrefix("Error: "), sourceLocation: location)
        #expect(errors.split(separator: "\n").count == 1, "\(errors)", sourceLocation: location)
        #expect(errors.contains(text), "\(errors)", sourceLocation: location)
    }
}

import Foundation
import FoundationNetworking
import Kafka
import Testing
import WaitingTestSupport

@Suite("The topics' names", .timeLimit(.minutes(5)))
struct TopicSettingsTests {
    @Test(
        "that Kafka does not take, or that are given twice, end every command that has to do with Kafka, by their settings",
        arguments: [
            (["bridge", "--topic-requests", "our payments"], [:], ["--topic-requests", "\"our payments\""]),
            (["worker"], ["PAYMENT_SAGA_TOPIC_OUTCOMES": "a/b"], ["PAYMENT_SAGA_TOPIC_OUTCOMES"]),
            (["sidecar", "--topic-outcomes", "."], [:], ["--topic-outcomes"]),
            (["simulators", "--topic-confirmations", ".."], [:], ["--topic-confirmations"]),
            (["produce", "--topic-requests", String(repeating: "x", count: 250)], [:], ["--topic-requests"]),
            (["dev-broker", "--topic-settlements", "zahlungen-für-alle"], [:], ["--topic-settlements"]),
            (
                ["dead-letters", "list", "--topic-dead-letters", "payments.outcomes"], [:],
                ["--topic-dead-letters", "--topic-outcomes"]
            ),
            (
                ["dev", "--topic-cancellations", "shop"], ["PAYMENT_SAGA_TOPIC_NOTIFICATIONS": "shop"],
                ["--topic-cancellations", "PAYMENT_SAGA_TOPIC_NOTIFICATIONS"]
            ),
        ] as [([String], [String: String], [String])])
    func refused(arguments: [String], environment: [String: String], names: [String]) async throws {
        let environment = environment.merging(["PAYMENT_SAGA_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"]) { $1 }
        let program = try Program(arguments, environment: environment)
        #expect(try await program.status() == 78)
        for name in names { #expect(program.errors.contains(name), "\(program.errors)") }
    }

    @Test(
        "are the same for all roles, and whatever was given",
        .enabled(if: DevelopmentStackTests.hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func renamed() async throws {
        let stack = try await RunningStack(
            environment: Dictionary(
                uniqueKeysWithValues: [
                    "REQUESTS", "CONFIRMATIONS", "CANCELLATIONS", "OUTCOMES", "NOTIFICATIONS", "DEAD_LETTERS",
                    "ORDER_REQUESTS", "ORDER_OUTCOMES", "SETTLEMENTS", "RECONCILIATION",
                ].map { ("PAYMENT_SAGA_TOPIC_\($0)", "Shop_1.\($0)") }))
        let kafka = KafkaConfiguration(
            bootstrapServers: stack.broker, properties: ["fetch.wait.max.ms": "10"])
        let program = try Program([
            "produce", "--kafka-bootstrap-servers", stack.broker, "--rate", "10", "--count", "10", "--topic-requests",
            "Shop_1.REQUESTS", "--topic-outcomes", "Shop_1.OUTCOMES",
        ])
        #expect(try await program.status() == 0, "\(program.output)\n\(program.errors)")
        try await submit("by-http", to: stack.sidecar)
        let producer = try KafkaProducer(kafka)
        for name in ["REQUESTS", "CONFIRMATIONS", "CANCELLATIONS", "ORDER_REQUESTS"] {
            _ = try await producer.send(ProducerRecord(topic: "Shop_1.\(name)", key: [1], value: Array("bad".utf8)))
        }
        await producer.close()

        try await eventually("what is on the topics is applied or put aside") {
            let list = try Program(
                [
                    "dead-letters", "list", "--kafka-bootstrap-servers", stack.broker, "--topic-dead-letters",
                    "Shop_1.DEAD_LETTERS",
                ])
            guard try await list.status() == 0 else { return false }
            return ["REQUESTS", "CONFIRMATIONS", "CANCELLATIONS", "ORDER_REQUESTS"].allSatisfy {
                list.output.contains("Shop_1.\($0)/")
            }
        }
        try await expectRecord(of: "by-http", on: "Shop_1.OUTCOMES", kafka)
        // Its user is told once its outcome is there.
        try await expectRecord(of: "by-http", on: "Shop_1.NOTIFICATIONS", kafka)
    }

    private func submit(_ id: String, to sidecar: String) async throws {
        var request = URLRequest(url: try #require(URL(string: "\(sidecar)/v1/payments")))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "content-type")
        request.httpBody = Data(
            """
            {"payment_id": "\(id)", "user_id": "user-ada", "merchant_id": "merchant-books",
            "amount": {"currency": "USD", "minor_units": 100}, "payment_method": {"type": "card", "token": "tok_ok"}}
            """.utf8)
        let (_, response) = try await URLSession.shared.data(for: request)
        #expect((response as? HTTPURLResponse)?.statusCode == 202)
    }

    private func expectRecord(of payment: String, on topic: String, _ kafka: KafkaConfiguration) async throws {
        let reader = try await KafkaReader(kafka, topics: [topic])
        reading: for await event in reader.events {
            guard case .records(let records) = event else { continue }
            for record in records {
                if String(decoding: record.value ?? [], as: UTF8.self).contains("\"\(payment)\"") { break reading }
            }
        }
        await reader.close()
    }
}

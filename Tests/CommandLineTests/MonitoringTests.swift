import Foundation
import Testing

@Suite("A running system", .serialized, .timeLimit(.minutes(5)))
struct MonitoringTests {
    @Test(
        "shows every role's metrics, each under a documented name with documented labels; logs no person or card",
        .enabled(if: DevelopmentStackTests.hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func metrics() async throws {
        let stack = try await RunningStack(
            payments: 100,
            environment: [
                "PAYMENT_SAGA_LOG_FORMAT": "json", "PAYMENT_SAGA_LOG_LEVEL": "debug",
                "PAYMENT_SAGA_STRANDED_AFTER": "1s", "PAYMENT_SAGA_LEDGER_VERIFY_INTERVAL": "1s",
            ])
        let (sidecar, bridge, worker) = (stack.sidecar, stack.bridgeMetrics, stack.workerMetrics)
        for role in [bridge, worker] {
            let base = role.replacing("/metrics", with: "")
            #expect(try await HTTPAnswer.get("\(base)/healthz").status == 200)
            #expect(try await HTTPAnswer.get("\(base)/readyz").status == 200)
        }
        _ = try await HTTPAnswer.get("\(sidecar)/v1/payments/nobody")

        let documented = try DocumentedMetrics()
        var found: Set<String> = []
        var undocumented: Set<String> = []
        for address in ["\(sidecar)/metrics", bridge, worker] {
            for sample in try Scrape(text: try await HTTPAnswer.get(address).text).samples {
                found.insert(sample.name)
                let labels = documented.labels[sample.name]
                if labels == nil || !Set(sample.labels.keys).isSubset(of: labels ?? []) {
                    undocumented.insert("\(sample.name) \(sample.labels.keys.sorted())")
                }
            }
        }
        #expect(undocumented == [], "docs/metrics.md does not have these")
        for name in [
            "payment_saga_step_duration_seconds", "payment_saga_outcomes_total", "payment_saga_payments_open",
            "payment_saga_payments_stuck",
            "payment_saga_ledger_call_duration_seconds", "payment_saga_ledger_violations", "hb_requests_total",
            "temporal_request", "temporal_workflow_completed", "process_cpu_seconds_total",
        ] {
            #expect(found.contains(name), "no role has \(name)")
        }

        let scrape = try Scrape(text: try await HTTPAnswer.get(worker).text)
        let succeeded = scrape.samples.filter {
            $0.name == "payment_saga_outcomes_total" && $0.labels["status"] == "SUCCEEDED"
        }
        #expect(succeeded.map(\.value).reduce(0, +) >= 60)
        #expect(scrape.value(of: "payment_saga_ledger_violations") == 0)
        try expectCleanLogs(in: stack.folder)
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

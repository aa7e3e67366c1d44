import Observability
import PaymentServices
import Temporal

/// Every metric that a role may have.
enum MetricCatalog {
    /// Texts by name, as Prometheus shows them.
    static var descriptions: [String: String] { Dictionary(all.map { ($0.name, $0.text) }) { first, _ in first } }

    static let all =
        payments + bridge + sidecar + http + Observability.SpanExporter.metrics + MetricDescription.process + temporal

    private static let payments =
        ServiceMetrics.all.map {
            MetricDescription($0.name, $0.name.hasSuffix("_total") ? .counter : .histogram, $0.labels, $0.text)
        } + [
            MetricDescription(
                OpenWorkflowWatch.openPayments, .gauge, [], "Payments that have not ended, as Temporal's index has it."
            ),
            MetricDescription(
                OpenWorkflowWatch.awaitedPayments, .gauge, [], "Those of them that wait for a person's approval."),
            MetricDescription(
                OpenWorkflowWatch.strandedPayments, .gauge, [],
                "Those of them that are older than --stranded-after, counted from the end of the wait for approval if there was one."
            ),
            MetricDescription(
                OpenWorkflowWatch.stuckPayments, .gauge, [],
                "Those of them whose step waits for its next attempt or for an operator."),
            MetricDescription(
                OpenWorkflowWatch.strandedPaymentAge, .gauge, [],
                "The age of the oldest stranded payment; 0 without any."),
            MetricDescription(
                OpenWorkflowWatch.openOrders, .gauge, [], "Orders that have not ended, as Temporal's index has it."),
            MetricDescription(
                OpenWorkflowWatch.strandedOrders, .gauge, [],
                "Those of them that are older than --orders-stranded-after."
            ),
            MetricDescription(
                OpenWorkflowWatch.strandedOrderAge, .gauge, [],
                "The age of the oldest stranded order; 0 without any."),
            MetricDescription(LedgerWatch.violations, .gauge, [], "What the last audit of the ledger found wrong."),
            MetricDescription(LedgerWatch.accounts, .gauge, [], "Accounts at the last audit."),
            MetricDescription(LedgerWatch.transfers, .gauge, [], "Transfers at the last audit."),
            MetricDescription(LedgerWatch.postings, .gauge, [], "Postings at the last audit."),
            MetricDescription(
                LedgerWatch.verifiedAt, .gauge, [], "When the last audit ended, in seconds since 1970."),
        ]

    private static let bridge = [
        MetricDescription(
            "payment_saga_bridge_applied_total", .counter, ["topic"], "Records that Temporal has acknowledged."),
        MetricDescription(
            "payment_saga_bridge_dead_letters_total", .counter, ["reason", "topic"], "Records put aside."),
        MetricDescription(
            "payment_saga_bridge_retries_total", .counter, ["code"], "Calls that failed and are tried again."),
        MetricDescription(
            "payment_saga_bridge_lost_total", .counter, ["partition", "topic"],
            "Records that retention took before they were read."),
        MetricDescription("payment_saga_bridge_commit_failures_total", .counter, [], "Commits that failed."),
        MetricDescription(
            "payment_saga_bridge_call_latency_seconds", .histogram, ["call"], "Calls that Temporal has answered."),
        MetricDescription(
            "payment_saga_bridge_lag", .gauge, ["partition", "topic"], "Records of a partition that are not committed."),
        MetricDescription(
            "payment_saga_bridge_commit_age_seconds", .gauge, ["partition", "topic"],
            "Since when nothing of a partition was done although something waits."),
        MetricDescription("payment_saga_bridge_in_memory", .gauge, [], "Records in memory."),
        MetricDescription("payment_saga_bridge_calls_in_flight", .gauge, [], "Calls on their way to Temporal."),
        MetricDescription(
            "payment_saga_bridge_calls_allowed", .gauge, [],
            "How many may be; it falls when Temporal has too much to do."),
        MetricDescription("payment_saga_bridge_circuit_open", .gauge, [], "1 while Temporal is taken to be away."),
        MetricDescription(
            "payment_saga_bridge_parked_keys", .gauge, [],
            "Keys of which a record failed for good, so that the later ones are put aside behind it."),
        MetricDescription("payment_saga_bridge_ready", .gauge, [], "1 while nothing is wrong."),
    ]

    private static let sidecar = [
        MetricDescription(
            "payment_saga_sidecar_lookups_total", .counter, ["way", "source"],
            "Times somebody wanted to know where a payment stands, streams and lists included. way: the payment was asked, "
                + "the answer to somebody else's question was shared (coalesced), or a moment-old one was there (cached). "
                + "source: live from the payment, stored, none (no such payment), or unavailable (Temporal could not be asked)."
        ),
        MetricDescription(
            "payment_saga_sidecar_unasked_total", .counter, ["reason"],
            "Questions to payments that were not put to them, so that stored answers took their place: no worker answers "
                + "(workers_silent), or too many questions wait (queue_full)."),
        MetricDescription("payment_saga_sidecar_streams", .gauge, [], "Clients that follow a payment."),
    ]

    private static let http = [
        MetricDescription(
            "hb_requests_total", .counter, ["http_request_method", "http_response_status_code", "http_route"],
            "Requests that the sidecar has answered."),
        MetricDescription(
            "hb_request_errors_total", .counter, ["error_type", "http_request_method", "http_route"],
            "Requests that ended in an error that no problem document was made of."),
        MetricDescription(
            "http_server_request_duration_seconds", .histogram,
            ["http_request_method", "http_response_status_code", "http_route"],
            "How long the sidecar's answers took."),
        MetricDescription(
            "http_server_active_requests", .gauge, ["http_request_method"], "Requests in progress."),
    ]

    private static let temporal =
        SDKMetrics.Count.allCases.map { sdk($0.rawValue, .counter, labels[$0.rawValue] ?? [], "Count") }
        + SDKMetrics.Latency.allCases.map { sdk($0.rawValue, .histogram, labels[$0.rawValue] ?? [], "Milliseconds") }
        + SDKMetrics.Level.allCases.map { sdk($0.rawValue, .gauge, labels[$0.rawValue] ?? [], "Level") }

    private static func sdk(_ name: String, _ kind: MetricKind, _ labels: [String], _ what: String) -> MetricDescription
    {
        let place = withoutQueue.contains(name) ? ["namespace"] : ["namespace", "task_queue"]
        return MetricDescription(
            SDKMetrics.prefix + name, kind, place + labels,
            "\(what) of Temporal's SDKs, see https://docs.temporal.io/references/sdk-metrics.")
    }

    private static let withoutQueue: Set = [
        SDKMetrics.Count.requestFailure.rawValue, SDKMetrics.Count.longRequestFailure.rawValue,
    ]

    private static let activity = ["activity_type", "workflow_type"]

    /// Besides the namespace and the task queue.
    private static let labels = [
        "workflow_completed": ["workflow_type"], "workflow_canceled": ["workflow_type"],
        "workflow_failed": ["workflow_type"], "workflow_continue_as_new": ["workflow_type"],
        "sticky_cache_hit": ["workflow_type"], "sticky_cache_miss": ["workflow_type"],
        "workflow_task_execution_failed": ["failure_reason", "workflow_type"],
        "activity_task_received": activity + ["eager"],
        "activity_execution_failed": activity + ["failure_reason"], "activity_execution_cancelled": activity,
        "local_activity_total": activity, "local_activity_execution_failed": activity + ["failure_reason"],
        "local_activity_execution_cancelled": activity, "request": ["operation"],
        "request_failure": ["operation", "status_code"], "long_request": ["operation"],
        "long_request_failure": ["operation", "status_code"], "workflow_endtoend_latency": ["workflow_type"],
        "workflow_task_replay_latency": ["workflow_type"], "workflow_task_execution_latency": ["workflow_type"],
        "activity_execution_latency": activity, "activity_succeed_endtoend_latency": activity,
        "local_activity_execution_latency": activity, "local_activity_succeed_endtoend_latency": activity,
        "request_latency": ["operation"], "long_request_latency": ["operation"], "num_pollers": ["poller_type"],
        "worker_task_slots_available": ["worker_type"], "worker_task_slots_used": ["worker_type"],
    ]
}

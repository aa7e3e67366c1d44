/// Metrics that a system has only after something that a short run does not bring about, each with the test that does.
struct RareMetric {
    let name: String
    /// When it appears.
    let occasion: String
    /// What emits it and looks at it, below `Tests`.
    let test: String

    static let all = [
        RareMetric(
            "payment_saga_bridge_retries_total", "a call to Temporal failed", "BridgeTests/WorkflowDeliveryTests"),
        RareMetric(
            "payment_saga_bridge_lost_total", "Kafka deleted records before they were read",
            "FailureCaseTests/BrokerCases"),
        RareMetric("temporal_workflow_continue_as_new", "a settlement batch was closed", temporal),
        RareMetric("temporal_workflow_task_queue_poll_empty", "a queue was idle for a minute", temporal),
        RareMetric("temporal_activity_poll_no_task", "a queue was idle for a minute", temporal),
        RareMetric("temporal_activity_execution_cancelled", "an activity heard that it was cancelled", temporal),
        RareMetric("temporal_local_activity_execution_cancelled", "the same of a local activity", temporal),
        RareMetric("temporal_sticky_cache_miss", "a worker forgot a run that the server thinks it has", temporal),
        RareMetric(
            "temporal_sticky_cache_total_forced_eviction", "a run was given up, or another needed its room", temporal),
        RareMetric("temporal_workflow_task_replay_latency", "a worker took over another's run", temporal),
        RareMetric("temporal_long_request_failure", "a poll of Temporal failed", temporal),
    ]

    private static let temporal = "TemporalTests/Observability/MetricsTests"

    private init(_ name: String, _ occasion: String, _ test: String) {
        (self.name, self.occasion, self.test) = (name, occasion, test)
    }

    /// As code and tests have it, without what Prometheus's text and the SDKs' prefix add.
    var shortName: String { name.replacing("temporal_", with: "").replacing(/_total$/, with: "") }
}

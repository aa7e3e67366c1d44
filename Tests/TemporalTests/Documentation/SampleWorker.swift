import Temporal

/// Runs `body` while a worker of `client` serves `taskQueue`.
func withSampleWorker(
    _ client: TemporalClient, _ taskQueue: String, _ workflows: [any Workflow.Type], _ activities: Activities = .init(),
    _ body: () async throws -> Void
) async throws {
    try await withLiveWorker(client, WorkerConfiguration(taskQueue: taskQueue), workflows, activities, body)
}

/// What a run knows of its worker and of the server.
package struct RunOptions: Sendable {
    /// Whether the server keeps what completions say of the SDK.
    package var recordsMetadata: Bool
    /// Names the worker's code; empty when it has no name.
    package var buildID: String
    /// Whether a history that does not fit the code fails the workflow, and not only the task.
    package var nondeterminismFailsWorkflow: Bool

    package init(recordsMetadata: Bool = true, buildID: String = "", nondeterminismFailsWorkflow: Bool = false) {
        self.recordsMetadata = recordsMetadata
        self.buildID = buildID
        self.nondeterminismFailsWorkflow = nondeterminismFailsWorkflow
    }
}

/// What a run knows of its worker and of the server.
package struct RunOptions: Sendable {
    /// Whether the server keeps what completions say of the SDK.
    package var recordsMetadata: Bool
    /// Names the worker's code; empty when it has no name.
    package var buildID: String
    /// Makes the failures that the run sends without its code.
    package var failureConverter: FailureConverter
    /// Whether a history that does not fit the code fails the workflow, and not only the task.
    package var nondeterminismFailsWorkflow: Bool

    package init(
        recordsMetadata: Bool = true, buildID: String = "", failureConverter: FailureConverter = .init(),
        nondeterminismFailsWorkflow: Bool = false
    ) {
        self.recordsMetadata = recordsMetadata
        self.buildID = buildID
        self.failureConverter = failureConverter
        self.nondeterminismFailsWorkflow = nondeterminismFailsWorkflow
    }
}

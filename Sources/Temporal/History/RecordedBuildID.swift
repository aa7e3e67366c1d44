import TemporalAPI

extension Temporal_Api_History_V1_WorkflowTaskCompletedEventAttributes {
    /// The name of the code that did the task; nil when its worker had none. Servers have put it in three places over time.
    var recordedBuildID: String? {
        let candidates = [
            hasDeploymentVersion ? deploymentVersion.buildID : "",
            // The name of the deployment, a dot, and that of the build.
            workerDeploymentVersion.split(separator: ".", maxSplits: 1).dropFirst().first.map(String.init) ?? "",
            workerVersion.buildID,
        ]
        return candidates.first { !$0.isEmpty }
    }
}

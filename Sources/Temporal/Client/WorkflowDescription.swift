public import Foundation
import SwiftProtobuf
public import TemporalAPI

/// What the server knows of a run, without asking any worker.
public struct WorkflowDescription: Sendable, Hashable {
    /// The workflow's id.
    public let workflowID: String
    /// The run that is described.
    public let runID: String
    /// The name of the workflow's type.
    public let workflowType: String
    /// The queue whose workers run it.
    public let taskQueue: String
    /// Whether the run is open, or how it closed.
    public let status: WorkflowExecutionStatus
    /// When the run was started, by the server's clock.
    public let startTime: Date
    /// Nil while the run is open.
    public let closeTime: Date?
    /// How many events the run has.
    public let historyLength: Int
    /// The values given with the start.
    public let memo: [String: Payload]

    init(_ response: Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionResponse) {
        let info = response.workflowExecutionInfo
        workflowID = info.execution.workflowID
        runID = info.execution.runID
        workflowType = info.type.name
        taskQueue = info.taskQueue
        status = .init(info.status)
        startTime = info.startTime.date
        closeTime = info.hasCloseTime ? info.closeTime.date : nil
        historyLength = Int(info.historyLength)
        memo = info.memo.fields
    }
}

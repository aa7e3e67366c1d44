public import Foundation
import SwiftProtobuf
public import TemporalAPI

/// What the server's index knows of a run.
public struct WorkflowExecution: Sendable, Hashable {
    /// The workflow's id.
    public let workflowID: String
    /// The run that is described.
    public let runID: String
    /// The first run of the chain that this run belongs to; empty if the server does not say.
    public let firstRunID: String
    /// The name of the workflow's type.
    public let workflowType: String
    /// The queue whose workers run it.
    public let taskQueue: String
    /// Whether the run is open, or how it closed.
    public let status: WorkflowExecutionStatus
    /// When the run was started, by the server's clock.
    public let startTime: Date
    /// When its first workflow task was due: later than ``startTime`` for runs that began with a delay.
    public let executionTime: Date?
    /// Nil while the run is open.
    public let closeTime: Date?
    /// How many events the run has.
    public let historyLength: Int
    /// How large its history is, in bytes; 0 if the server does not say.
    public let historySizeBytes: Int
    /// The workflow that started this one as its child.
    public let parentID: String?
    /// That workflow's run.
    public let parentRunID: String?
    /// The workflow at the top of the tree of children; this one if it is no child.
    public let rootID: String?
    /// That workflow's run.
    public let rootRunID: String?
    /// The values given with the start, or set since.
    public let memo: [String: Payload]
    /// What the run is found by, each with the metadata that says its type.
    public let searchAttributes: SearchAttributes

    init(_ info: Temporal_Api_Workflow_V1_WorkflowExecutionInfo) {
        workflowID = info.execution.workflowID
        runID = info.execution.runID
        firstRunID = info.firstRunID
        workflowType = info.type.name
        taskQueue = info.taskQueue
        status = .init(info.status)
        startTime = info.startTime.date
        executionTime = info.hasExecutionTime ? info.executionTime.date : nil
        closeTime = info.hasCloseTime ? info.closeTime.date : nil
        historyLength = Int(info.historyLength)
        historySizeBytes = Int(info.historySizeBytes)
        parentID = info.hasParentExecution ? info.parentExecution.workflowID : nil
        parentRunID = info.hasParentExecution ? info.parentExecution.runID : nil
        rootID = info.hasRootExecution ? info.rootExecution.workflowID : nil
        rootRunID = info.hasRootExecution ? info.rootExecution.runID : nil
        memo = info.memo.fields
        searchAttributes = SearchAttributes(fields: info.searchAttributes.indexedFields)
    }
}

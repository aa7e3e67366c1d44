public import Foundation
import SwiftProtobuf
public import TemporalAPI

/// A workflow that a schedule has started.
public struct ScheduledStart: Sendable, Hashable {
    /// When it was to be started.
    public let scheduleTime: Date
    /// When it was started.
    public let actualTime: Date
    /// The workflow's id.
    public let workflowID: String
    /// The workflow's first run.
    public let firstRunID: String

    init(_ result: Temporal_Api_Schedule_V1_ScheduleActionResult) {
        scheduleTime = result.scheduleTime.date
        actualTime = result.actualTime.date
        workflowID = result.startWorkflowResult.workflowID
        firstRunID = result.startWorkflowResult.runID
    }
}

/// A schedule as it is, and what it has done.
public struct ScheduleDescription: Sendable, Hashable {
    /// The schedule's id.
    public let id: String
    /// The schedule as it is.
    public let schedule: Schedule
    /// How often it has started a workflow.
    public let actionCount: Int
    /// How often a start came too late.
    public let missedCatchupWindow: Int
    /// How often a start was left out because a workflow was still open.
    public let overlapSkipped: Int
    /// The workflows it started that are open: their ids.
    public let runningWorkflowIDs: [String]
    /// What it has started of late, oldest first.
    public let recentActions: [ScheduledStart]
    /// When it will start next.
    public let nextActionTimes: [Date]
    /// When it was created.
    public let createdAt: Date
    /// When it was updated last; nil if never.
    public let updatedAt: Date?
    /// Values shown with the schedule.
    public let memo: [String: Payload]
    /// What the schedule is found by.
    public let searchAttributes: SearchAttributes
    /// Names this version of the schedule.
    let conflictToken: Data
    let proto: Temporal_Api_Schedule_V1_Schedule

    init(id: String, _ response: Temporal_Api_Workflowservice_V1_DescribeScheduleResponse) {
        let info = response.info
        self.id = id
        schedule = Schedule(response.schedule)
        actionCount = Int(info.actionCount)
        missedCatchupWindow = Int(info.missedCatchupWindow)
        overlapSkipped = Int(info.overlapSkipped)
        runningWorkflowIDs = info.runningWorkflows.map(\.workflowID)
        recentActions = info.recentActions.map(ScheduledStart.init)
        nextActionTimes = info.futureActionTimes.map(\.date)
        createdAt = info.createTime.date
        updatedAt = info.hasUpdateTime ? info.updateTime.date : nil
        memo = response.memo.fields
        searchAttributes = SearchAttributes(fields: response.searchAttributes.indexedFields)
        conflictToken = response.conflictToken
        proto = response.schedule
    }
}

/// What the server's index knows of a schedule.
public struct ScheduleSummary: Sendable, Hashable {
    /// The schedule's id.
    public let id: String
    /// The name of the type of the workflow it starts.
    public let workflowType: String
    /// A note for people.
    public let note: String
    /// Whether it starts nothing at present.
    public let isPaused: Bool
    /// What it has started of late, oldest first.
    public let recentActions: [ScheduledStart]
    /// When it will start next.
    public let nextActionTimes: [Date]
    /// Values shown with the schedule.
    public let memo: [String: Payload]
    /// What the schedule is found by.
    public let searchAttributes: SearchAttributes

    init(_ entry: Temporal_Api_Schedule_V1_ScheduleListEntry) {
        id = entry.scheduleID
        workflowType = entry.info.workflowType.name
        note = entry.info.notes
        isPaused = entry.info.paused
        recentActions = entry.info.recentActions.map(ScheduledStart.init)
        nextActionTimes = entry.info.futureActionTimes.map(\.date)
        memo = entry.memo.fields
        searchAttributes = SearchAttributes(fields: entry.searchAttributes.indexedFields)
    }
}

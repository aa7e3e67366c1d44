import Foundation
import SwiftProtobuf
import TemporalAPI

extension Schedule {
    init(_ proto: Temporal_Api_Schedule_V1_Schedule) {
        self.init(
            action: .init(proto.action.startWorkflow), spec: .init(proto.spec), policy: .init(proto.policies),
            state: .init(
                note: proto.state.notes, isPaused: proto.state.paused,
                remainingActions: proto.state.limitedActions ? Int(proto.state.remainingActions) : nil))
    }

    /// Fields that this code does not know stay as they are in `proto`.
    func apply(to proto: inout Temporal_Api_Schedule_V1_Schedule) throws {
        try action.apply(to: &proto.action.startWorkflow)
        spec.apply(to: &proto.spec)
        proto.policies.overlapPolicy = policy.overlap.proto
        proto.policies.pauseOnFailure = policy.pausesOnFailure
        proto.policies.keepOriginalWorkflowID = policy.keepsOriginalWorkflowID
        if let window = policy.catchupWindow {
            proto.policies.catchupWindow = .init(window)
        } else {
            proto.policies.clearCatchupWindow()
        }
        proto.state.notes = state.note
        proto.state.paused = state.isPaused
        proto.state.limitedActions = state.remainingActions != nil
        proto.state.remainingActions = Int64(state.remainingActions ?? 0)
    }
}

extension Schedule {
    /// Whether a schedule is this one, but for what the server changes by itself: it takes `cron` expressions apart, counts
    /// actions down, and pauses.
    func isWritten(in other: Schedule) -> Bool {
        (spec == other.spec || !spec.cronExpressions.isEmpty)
            && action == other.action && policy == other.policy && state.note == other.state.note
    }
}

extension ScheduleAction {
    init(_ info: Temporal_Api_Workflow_V1_NewWorkflowExecutionInfo) {
        self.init(
            workflowType: info.workflowType.name, input: info.input, workflowID: info.workflowID,
            taskQueue: info.taskQueue.name,
            executionTimeout: info.hasWorkflowExecutionTimeout ? Duration(info.workflowExecutionTimeout) : nil,
            runTimeout: info.hasWorkflowRunTimeout ? Duration(info.workflowRunTimeout) : nil,
            taskTimeout: info.hasWorkflowTaskTimeout ? Duration(info.workflowTaskTimeout) : nil,
            retryPolicy: info.hasRetryPolicy ? RetryPolicy(info.retryPolicy) : nil, memo: info.memo.fields,
            searchAttributes: SearchAttributes(fields: info.searchAttributes.indexedFields), headers: info.header.fields
        )
    }

    fileprivate func apply(to info: inout Temporal_Api_Workflow_V1_NewWorkflowExecutionInfo) throws {
        info.workflowType.name = workflowType
        info.workflowID = workflowID
        info.taskQueue.name = taskQueue
        info.clearInput()
        if !input.payloads.isEmpty { info.input = input }
        info.clearWorkflowExecutionTimeout()
        if let executionTimeout { info.workflowExecutionTimeout = .init(executionTimeout) }
        info.clearWorkflowRunTimeout()
        if let runTimeout { info.workflowRunTimeout = .init(runTimeout) }
        info.clearWorkflowTaskTimeout()
        if let taskTimeout { info.workflowTaskTimeout = .init(taskTimeout) }
        info.clearRetryPolicy()
        if let retryPolicy { info.retryPolicy = try retryPolicy.checkedProto() }
        info.clearMemo()
        if !memo.isEmpty { info.memo.fields = memo }
        info.clearSearchAttributes()
        if !searchAttributes.isEmpty { info.searchAttributes.indexedFields = searchAttributes.fields }
        info.clearHeader()
        if !headers.isEmpty { info.header.fields = headers }
    }
}

extension SchedulePolicy {
    fileprivate init(_ proto: Temporal_Api_Schedule_V1_SchedulePolicies) {
        self.init(
            overlap: .init(proto.overlapPolicy),
            catchupWindow: proto.hasCatchupWindow ? Duration(proto.catchupWindow) : nil,
            pausesOnFailure: proto.pauseOnFailure, keepsOriginalWorkflowID: proto.keepOriginalWorkflowID)
    }
}

extension ScheduleOverlapPolicy {
    fileprivate init(_ proto: Temporal_Api_Enums_V1_ScheduleOverlapPolicy) {
        self =
            switch proto {
            case .bufferOne: .bufferOne
            case .bufferAll: .bufferAll
            case .cancelOther: .cancelOther
            case .terminateOther: .terminateOther
            case .allowAll: .allowAll
            case .skip, .unspecified, .UNRECOGNIZED: .skip
            }
    }

    var proto: Temporal_Api_Enums_V1_ScheduleOverlapPolicy {
        switch self {
        case .skip: .skip
        case .bufferOne: .bufferOne
        case .bufferAll: .bufferAll
        case .cancelOther: .cancelOther
        case .terminateOther: .terminateOther
        case .allowAll: .allowAll
        }
    }
}

extension ScheduleSpec {
    fileprivate init(_ proto: Temporal_Api_Schedule_V1_ScheduleSpec) {
        self.init(
            calendars: proto.structuredCalendar.map(ScheduleCalendar.init),
            intervals: proto.interval.map { .init(every: Duration($0.interval), offset: Duration($0.phase)) },
            cronExpressions: proto.cronString, skipped: proto.excludeStructuredCalendar.map(ScheduleCalendar.init),
            start: proto.hasStartTime ? proto.startTime.date : nil, end: proto.hasEndTime ? proto.endTime.date : nil,
            jitter: proto.hasJitter ? Duration(proto.jitter) : nil, timeZone: proto.timezoneName,
            timeZoneData: proto.timezoneData)
    }

    fileprivate func apply(to proto: inout Temporal_Api_Schedule_V1_ScheduleSpec) {
        proto.structuredCalendar = calendars.map(\.proto)
        proto.interval = intervals.map { interval in
            .with {
                $0.interval = .init(interval.every)
                if interval.offset != .zero { $0.phase = .init(interval.offset) }
            }
        }
        proto.cronString = cronExpressions
        proto.excludeStructuredCalendar = skipped.map(\.proto)
        proto.clearStartTime()
        if let start { proto.startTime = .init(date: start) }
        proto.clearEndTime()
        if let end { proto.endTime = .init(date: end) }
        proto.clearJitter()
        if let jitter { proto.jitter = .init(jitter) }
        proto.timezoneName = timeZone
        proto.timezoneData = timeZoneData
    }
}

extension ScheduleCalendar {
    fileprivate init(_ proto: Temporal_Api_Schedule_V1_StructuredCalendarSpec) {
        func ranges(_ protos: [Temporal_Api_Schedule_V1_Range]) -> [ScheduleRange] {
            protos.map { ScheduleRange(Int($0.start), through: Int(max($0.start, $0.end)), by: Int(max(1, $0.step))) }
        }
        self.init(
            second: ranges(proto.second), minute: ranges(proto.minute), hour: ranges(proto.hour),
            dayOfMonth: ranges(proto.dayOfMonth), month: ranges(proto.month), year: ranges(proto.year),
            dayOfWeek: ranges(proto.dayOfWeek), comment: proto.comment)
    }

    fileprivate var proto: Temporal_Api_Schedule_V1_StructuredCalendarSpec {
        func protos(_ ranges: [ScheduleRange]) -> [Temporal_Api_Schedule_V1_Range] {
            ranges.map { range in
                .with {
                    $0.start = Int32(clamping: range.start)
                    $0.end = Int32(clamping: range.end)
                    $0.step = Int32(clamping: range.step)
                }
            }
        }
        return .with {
            $0.second = protos(second)
            $0.minute = protos(minute)
            $0.hour = protos(hour)
            $0.dayOfMonth = protos(dayOfMonth)
            $0.month = protos(month)
            $0.year = protos(year)
            $0.dayOfWeek = protos(dayOfWeek)
            $0.comment = comment
        }
    }
}

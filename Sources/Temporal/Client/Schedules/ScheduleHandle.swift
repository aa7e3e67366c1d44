public import Foundation
import SwiftProtobuf
import TemporalAPI

/// Times a schedule is to make up for, as if they came now.
public struct ScheduleBackfill: Sendable, Hashable {
    /// The first time.
    public var start: Date
    /// The last time.
    public var end: Date
    /// What to do when a workflow is still open; the schedule's own policy unless given.
    public var overlap: ScheduleOverlapPolicy?

    /// All times of the schedule from `start` to `end`.
    public init(start: Date, end: Date, overlap: ScheduleOverlapPolicy? = nil) {
        self.start = start
        self.end = end
        self.overlap = overlap
    }

    var proto: Temporal_Api_Schedule_V1_BackfillRequest {
        .with {
            $0.startTime = .init(date: start)
            $0.endTime = .init(date: end)
            if let overlap { $0.overlapPolicy = overlap.proto }
        }
    }
}

/// One schedule, known by its id. Its calls throw ``ScheduleNotFoundError`` if there is none, and ``TemporalRPCError``.
public struct ScheduleHandle: Sendable {
    let client: TemporalClient
    /// The schedule's id.
    public let id: String

    /// The schedule as it is, and what it has done.
    public func describe() async throws -> ScheduleDescription {
        let response = try await finding {
            try await client.service.call(
                .describeSchedule,
                .with {
                    $0.namespace = client.namespace
                    $0.scheduleID = id
                }, .normal)
        }
        return ScheduleDescription(id: id, response)
    }

    /// Reads the schedule, lets `change` change it, and writes it back.
    /// - Parameter requestID: Makes the call idempotent; a new UUID unless given.
    /// - Throws: ``ScheduleConflictError`` if someone else has changed it meanwhile; what `change` throws.
    public func update(
        requestID: String? = nil, _ change: (inout Schedule) throws -> Void
    ) async throws {
        let description = try await describe()
        var schedule = description.schedule
        try change(&schedule)
        try await write(schedule, over: description, requestID: requestID)
    }

    /// - Throws: ``ScheduleConflictError`` if the schedule is not any more as it was described.
    func write(_ schedule: Schedule, over description: ScheduleDescription, requestID: String?) async throws {
        var proto = description.proto
        try schedule.apply(to: &proto)
        let request = Temporal_Api_Workflowservice_V1_UpdateScheduleRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.scheduleID = id
            $0.schedule = proto
            $0.conflictToken = description.conflictToken
            $0.requestID = requestID ?? UUID().uuidString.lowercased()
        }
        do {
            _ = try await finding { try await client.service.call(.updateSchedule, request, .normal) }
        } catch let error as TemporalRPCError where error.code == .failedPrecondition {
            throw ScheduleConflictError(scheduleID: id)
        }
        // Most servers say nothing when they drop an update for its token.
        guard schedule.isWritten(in: try await describe().schedule) else {
            throw ScheduleConflictError(scheduleID: id)
        }
    }

    /// Starts a workflow now.
    /// - Parameter overlap: What to do when a workflow is still open; the schedule's own policy unless given.
    public func trigger(overlap: ScheduleOverlapPolicy? = nil, requestID: String? = nil) async throws {
        try await patch(requestID) { $0.triggerImmediately.overlapPolicy = overlap?.proto ?? .unspecified }
    }

    /// Starts nothing from now on.
    /// - Parameter note: Why, for people.
    public func pause(note: String = "paused", requestID: String? = nil) async throws {
        try await patch(requestID) { $0.pause = note }
    }

    /// Goes on.
    /// - Parameter note: Why, for people.
    public func unpause(note: String = "unpaused", requestID: String? = nil) async throws {
        try await patch(requestID) { $0.unpause = note }
    }

    /// Makes up for times that have passed.
    public func backfill(_ times: [ScheduleBackfill], requestID: String? = nil) async throws {
        try await patch(requestID) { $0.backfillRequest = times.map(\.proto) }
    }

    /// Removes the schedule. The workflows it has started go on.
    public func delete() async throws {
        _ = try await finding {
            try await client.service.call(
                .deleteSchedule,
                .with {
                    $0.namespace = client.namespace
                    $0.identity = client.identity
                    $0.scheduleID = id
                }, .normal)
        }
    }

    private func patch(
        _ requestID: String?, _ fill: (inout Temporal_Api_Schedule_V1_SchedulePatch) -> Void
    ) async throws {
        let request = Temporal_Api_Workflowservice_V1_PatchScheduleRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.scheduleID = id
            fill(&$0.patch)
            $0.requestID = requestID ?? UUID().uuidString.lowercased()
        }
        _ = try await finding { try await client.service.call(.patchSchedule, request, .normal) }
    }

    private func finding<Response>(_ call: () async throws -> Response) async throws -> Response {
        do {
            return try await call()
        } catch let error as TemporalRPCError where error.isNotFound {
            throw ScheduleNotFoundError(scheduleID: id, message: error.message)
        }
    }
}

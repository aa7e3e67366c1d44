import Foundation
import SwiftProtobuf
public import TemporalAPI

extension TemporalClient {
    /// Creates a schedule.
    /// - Parameters:
    ///   - triggersImmediately: Whether it starts a workflow at once, too.
    ///   - backfill: Times to make up for at once.
    ///   - memo: Values shown with the schedule.
    ///   - searchAttributes: What the schedule is found by.
    ///   - requestID: Makes the call idempotent; a new UUID unless given.
    /// - Throws: ``ScheduleAlreadyExistsError``; ``TemporalRPCError``; ``PayloadCodecError``.
    public func createSchedule(
        id: String, _ schedule: Schedule, triggersImmediately: Bool = false, backfill: [ScheduleBackfill] = [],
        memo: [String: Payload] = [:], searchAttributes: SearchAttributes = .init(), requestID: String? = nil
    ) async throws -> ScheduleHandle {
        let request = try Temporal_Api_Workflowservice_V1_CreateScheduleRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.scheduleID = id
            try schedule.apply(to: &$0.schedule)
            if triggersImmediately { $0.initialPatch.triggerImmediately.overlapPolicy = schedule.policy.overlap.proto }
            if !backfill.isEmpty { $0.initialPatch.backfillRequest = backfill.map(\.proto) }
            if !memo.isEmpty { $0.memo.fields = memo }
            if !searchAttributes.isEmpty { $0.searchAttributes.indexedFields = searchAttributes.fields }
            $0.requestID = requestID ?? UUID().uuidString.lowercased()
        }
        do {
            _ = try await service.call(.createSchedule, request, .normal)
        } catch let error as TemporalRPCError where error.code == .alreadyExists {
            throw ScheduleAlreadyExistsError(scheduleID: id)
        }
        return scheduleHandle(id: id)
    }

    /// A handle of a schedule that is there already; nothing is asked of the server.
    public func scheduleHandle(id: String) -> ScheduleHandle { ScheduleHandle(client: self, id: id) }

    /// Finds schedules. What has just been created may take a moment to be found.
    /// - Parameters:
    ///   - query: A list filter; empty is all.
    ///   - pageSize: How many to fetch at a time; the server's default unless given.
    public func listSchedules(_ query: String = "", pageSize: Int? = nil) -> PagedSequence<ScheduleSummary> {
        PagedSequence { cursor in
            let response = try await service.call(
                .listSchedules,
                .with {
                    $0.namespace = namespace
                    $0.query = query
                    $0.maximumPageSize = Int32(clamping: pageSize ?? 0)
                    $0.nextPageToken = cursor
                }, .normal)
            return (response.schedules.map(ScheduleSummary.init), response.nextPageToken)
        }
    }
}

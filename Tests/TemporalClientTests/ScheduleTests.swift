import Foundation
import SwiftProtobuf
import TemporalAPI
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Schedules on the real server", .timeLimit(.minutes(5)))
struct ScheduleTests {
    private func schedule(_ queue: String) throws -> Schedule {
        Schedule(
            action: ScheduleAction(
                workflowType: "Greeting", input: try DataConverter.standard.payloads(encoding: "hello"),
                workflowID: "scheduled-\(queue)", taskQueue: queue, executionTimeout: .seconds(90),
                retryPolicy: RetryPolicy(maximumAttempts: 3),
                memo: ["note": try DataConverter.standard.payload(encoding: "m")]),
            spec: ScheduleSpec(
                calendars: [ScheduleCalendar(hour: [8, .init(12, through: 18, by: 2)], comment: "office hours")],
                intervals: [ScheduleInterval(every: .seconds(86_400 * 30), offset: .seconds(60))],
                skipped: [ScheduleCalendar(dayOfWeek: [0, 6])], end: Date(timeIntervalSince1970: 4_000_000_000),
                jitter: .seconds(5), timeZone: "Europe/Berlin"),
            policy: SchedulePolicy(overlap: .allowAll, catchupWindow: .seconds(3600), pausesOnFailure: true),
            state: ScheduleState(note: "new", isPaused: true, remainingActions: 100))
    }

    private func withSchedule(_ body: (TemporalClient, ScheduleHandle, Schedule) async throws -> Void) async throws {
        try await connected { client in
            let id = "schedule-\(UUID())"
            let schedule = try schedule(id)
            let handle = try await client.createSchedule(
                id: id, schedule, memo: ["owner": try DataConverter.standard.payload(encoding: "me")])
            do {
                try await body(client, handle, schedule)
            } catch {
                try await handle.delete()
                throw error
            }
            try await handle.delete()
        }
    }

    @Test("A schedule is described as it was created")
    func describe() async throws {
        try await withSchedule { _, handle, schedule in
            let description = try await handle.describe()
            #expect(description.schedule == schedule)
            #expect(description.memo["owner"] == (try DataConverter.standard.payload(encoding: "me")))
            #expect(description.actionCount == 0)
            #expect(!description.nextActionTimes.isEmpty)
            #expect(description.updatedAt == nil)
            #expect(abs(description.createdAt.timeIntervalSinceNow) < 60)
        }
    }

    @Test("A schedule's id is taken once, a repeated request is not another")
    func alreadyExists() async throws {
        try await connected { client in
            let id = "schedule-\(UUID())"
            let schedule = try schedule(id)
            let handle = try await client.createSchedule(id: id, schedule, requestID: "a")
            _ = try await client.createSchedule(id: id, schedule, requestID: "a")
            let error = await #expect(throws: ScheduleAlreadyExistsError.self) {
                try await client.createSchedule(id: id, schedule, requestID: "b")
            }
            #expect(error?.scheduleID == id)
            try await handle.delete()
            await #expect(throws: ScheduleNotFoundError.self) { try await handle.describe() }
            await #expect(throws: ScheduleNotFoundError.self) { try await handle.trigger() }
        }
    }

    @Test("An update changes what it changes, and leaves the rest")
    func update() async throws {
        try await withSchedule { _, handle, schedule in
            try await handle.update { schedule in
                schedule.spec.intervals = []
                schedule.action.runTimeout = .seconds(7)
                schedule.state.note = "changed"
            }
            var expected = schedule
            expected.spec.intervals = []
            expected.action.runTimeout = .seconds(7)
            expected.state.note = "changed"
            let description = try await handle.describe()
            #expect(description.schedule == expected)
            #expect(description.updatedAt != nil)
        }
    }

    @Test("Times written as cron are taken apart by the server, which is no conflict")
    func cron() async throws {
        try await withSchedule { _, handle, _ in
            try await handle.update { $0.spec = ScheduleSpec(cronExpressions: ["30 12 * * MON-FRI"]) }
            let spec = try await handle.describe().schedule.spec
            #expect(spec.calendars.map(\.hour) == [[12]])
            #expect(spec.calendars.map(\.minute) == [[30]])
            #expect(spec.calendars.map(\.dayOfWeek) == [[.init(1, through: 5)]])
            try await handle.update { $0.state.note = "after" }
            #expect(try await handle.describe().schedule.spec == spec)
        }
    }

    @Test("An update that someone else came before is refused")
    func conflict() async throws {
        try await withSchedule { client, handle, _ in
            let stale = try await handle.describe()
            try await handle.update { $0.state.note = "first" }
            await #expect(throws: ScheduleConflictError.self) {
                try await handle.write(stale.schedule, over: stale, requestID: nil)
            }
            #expect(try await handle.describe().schedule.state.note == "first")
        }
    }

    @Test("A schedule is paused, goes on, is triggered and made to catch up")
    func patches() async throws {
        try await withSchedule { client, handle, schedule in
            try await handle.unpause(note: "go")
            #expect(try await handle.describe().schedule.state == .init(note: "go", remainingActions: 100))
            try await handle.pause(note: "stop")
            #expect(
                try await handle.describe().schedule.state == .init(note: "stop", isPaused: true, remainingActions: 100)
            )
            try await handle.trigger(overlap: .allowAll)
            try await eventually { try await handle.describe().recentActions.count == 1 }
            let start = Date(timeIntervalSince1970: 1_700_000_000)
            try await handle.backfill([.init(start: start, end: start + 14 * 86_400, overlap: .allowAll)])
            try await eventually { try await handle.describe().recentActions.count > 5 }
            let action = try #require(try await handle.describe().recentActions.first)
            #expect(action.workflowID.hasPrefix(schedule.action.workflowID))
            let started = try await client.handle(id: action.workflowID, runID: action.firstRunID).describe()
            #expect(started.workflowType == "Greeting")
            #expect(started.executionTimeout == .seconds(90))
            #expect(started.memo["note"] == schedule.action.memo["note"])
        }
    }

    @Test("Schedules are found, page by page")
    func list() async throws {
        try await withSchedule { client, first, _ in
            try await withSchedule { _, second, _ in
                try await eventually {
                    var ids: Set<String> = []
                    for try await entry in client.listSchedules(pageSize: 1) {
                        ids.insert(entry.id)
                        if entry.id == first.id {
                            #expect(entry.workflowType == "Greeting")
                            #expect(entry.isPaused)
                            #expect(entry.note == "new")
                        }
                    }
                    return ids.isSuperset(of: [first.id, second.id])
                }
            }
        }
    }
}

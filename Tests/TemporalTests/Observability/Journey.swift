import Foundation
import Temporal
import TemporalAPI

/// Does one of everything that a worker passes on: waits for a signal, calls an activity and a local one, starts a child and signals it, and
/// goes on as a new run as often as it is told to.
final class JourneyWorkflow: Workflow, @unchecked Sendable {
    static let visit = ActivityType<String, String>("visit")
    static let glance = ActivityType<String, String>("glance")
    static let go = SignalType<String>("go")
    static let place = QueryType<NoValue, String>("place")
    static let detour = UpdateType<String, String>("detour")

    static var handlers: WorkflowHandlers<JourneyWorkflow> {
        WorkflowHandlers()
            .signal(go) { journey, place, _ in journey.place = place }
            .query(place) { journey, _ in journey.place ?? "home" }
            .update(detour) { _, place in
                guard !place.isEmpty else { throw ApplicationFailure("where to?", type: "Invalid") }
            } _: { _, place, context in
                try await context.execute(visit, place, options: ActivityOptions(startToClose: .seconds(60)))
            }
    }

    private let legs: Int
    private var place: String?

    init(_ input: Int) { legs = input }

    func run(_ context: WorkflowContext) async throws -> String {
        let first = context.uuid()
        if context.info.continuedRunID == nil { try await context.wait(until: { self.place != nil }) }
        let seen = try await context.execute(
            Self.visit, place ?? "there", options: ActivityOptions(startToClose: .seconds(60)))
        _ = try await context.executeLocal(Self.glance, seen, options: LocalActivityOptions(startToClose: .seconds(60)))
        let companion = try await context.start(
            child: CompanionWorkflow.self, NoValue(), options: .init(id: "\(context.info.workflowID)-\(legs)"))
        try await companion.signal(CompanionWorkflow.leave, "now")
        try await context.sleep(for: .milliseconds(1))
        guard try await companion.result() == "left now", first != context.uuid() else { return "lost" }
        if legs > 1 { throw ContinueAsNew(JourneyWorkflow.self, legs - 1) }
        return "home from \(seen)"
    }

    static var activities: Activities {
        var activities = Activities()
        activities.register(visit) { place, _ in place }
        activities.register(glance) { place, _ in place }
        return activities
    }
}

/// Waits until it is told to leave.
final class CompanionWorkflow: Workflow, @unchecked Sendable {
    static let leave = SignalType<String>("leave")

    static var handlers: WorkflowHandlers<CompanionWorkflow> {
        WorkflowHandlers().signal(leave) { companion, when, _ in companion.time = when }
    }

    private var time: String?

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.wait(until: { self.time != nil })
        return "left \(time ?? "")"
    }
}

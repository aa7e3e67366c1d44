import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

/// Puts its name on everything that goes out, and notes whose names are on what comes in.
struct Stamp: ClientInterceptor, WorkerInterceptor {
    final class Notes: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private static let header = "stamp"

    let name: String
    let notes: Notes

    private func stamp(_ headers: inout [String: Payload]) {
        headers[Self.header] = .with { $0.data = Data((text(headers).map { "\($0) \(name)" } ?? name).utf8) }
    }

    private func text(_ headers: [String: Payload]) -> String? {
        headers[Self.header].map { String(decoding: $0.data, as: UTF8.self) }
    }

    private func note(_ what: String, _ headers: [String: Payload], isReplaying: Bool = false) {
        if !isReplaying { notes.add("\(name) sees \(what) by \(text(headers) ?? "nobody")") }
    }

    func startWorkflow(
        _ call: StartWorkflowCall, next: (StartWorkflowCall) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle {
        var call = call
        stamp(&call.headers)
        return try await next(call)
    }

    func signalWorkflow(_ call: SignalWorkflowCall, next: (SignalWorkflowCall) async throws -> Void) async throws {
        var call = call
        stamp(&call.headers)
        try await next(call)
    }

    func queryWorkflow(
        _ call: QueryWorkflowCall, next: (QueryWorkflowCall) async throws -> Payloads
    ) async throws -> Payloads {
        var call = call
        stamp(&call.headers)
        return try await next(call)
    }

    func startUpdate(
        _ call: StartUpdateCall, next: (StartUpdateCall) async throws -> UntypedUpdateHandle
    ) async throws -> UntypedUpdateHandle {
        var call = call
        stamp(&call.headers)
        return try await next(call)
    }

    func startUpdateWithStart(
        _ call: StartUpdateWithStartCall, next: (StartUpdateWithStartCall) async throws -> StartedUpdate
    ) async throws -> StartedUpdate {
        var call = call
        stamp(&call.start.headers)
        stamp(&call.updateHeaders)
        return try await next(call)
    }

    func executeActivity(
        _ call: ExecuteActivityCall, next: (ExecuteActivityCall) async throws -> Payloads
    ) async throws -> Payloads {
        note(call.context.activityType, call.context.headers)
        return try await next(call)
    }

    func executeWorkflow(
        _ call: ExecuteWorkflowCall, next: (ExecuteWorkflowCall) async throws -> Payloads
    ) async throws -> Payloads {
        note(call.context.info.workflowType, call.context.info.headers, isReplaying: call.context.isReplaying)
        return try await next(call)
    }

    func handleSignal(_ call: HandleSignalCall, next: (HandleSignalCall) async throws -> Void) async throws {
        note(call.name, call.headers, isReplaying: call.context.isReplaying)
        try await next(call)
    }

    func handleQuery(_ call: HandleQueryCall, next: (HandleQueryCall) throws -> Payload) throws -> Payload {
        note(call.name, call.headers)
        return try next(call)
    }

    func validateUpdate(_ call: HandleUpdateCall, next: (HandleUpdateCall) throws -> Void) throws {
        note("whether to \(call.name)", call.headers)
        try next(call)
    }

    func handleUpdate(
        _ call: HandleUpdateCall, next: (HandleUpdateCall) async throws -> Payload
    ) async throws -> Payload {
        note(call.name, call.headers, isReplaying: call.context.isReplaying)
        return try await next(call)
    }

    func scheduleActivity(_ call: inout ScheduleActivity, _ context: WorkflowContext) { stamp(&call.headers) }
    func scheduleLocalActivity(_ call: inout ScheduleLocalActivity, _ context: WorkflowContext) { stamp(&call.headers) }
    func startChild(_ call: inout StartChild, _ context: WorkflowContext) { stamp(&call.headers) }
    func signalExternal(_ call: inout SignalExternal, _ context: WorkflowContext) { stamp(&call.headers) }
    func continueAsNew(_ call: inout ContinueAsNewCall, _ context: WorkflowContext) { stamp(&call.options.headers) }
    func startTimer(_ call: inout StartTimer, _ context: WorkflowContext) { call.summary = name }
}

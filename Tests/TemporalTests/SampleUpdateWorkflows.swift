import Temporal

/// Keeps a log of what it is told, until it is told to stop or, with a deadline, until that is over.
final class LedgerWorkflow: Workflow, @unchecked Sendable {
    static let add = UpdateType<Int, Int>("add")
    static let slow = UpdateType<NoValue, String>("slow")
    static let finish = UpdateType<NoValue, String>("finish")
    static let fail = UpdateType<NoValue, NoValue>("fail")
    static let breakDown = UpdateType<NoValue, NoValue>("breakDown")
    static let meddle = UpdateType<NoValue, NoValue>("meddle")
    static let note = SignalType<String>("note")
    static let notePositive = SignalType<NoValue>("notePositive")
    static let noteLater = SignalType<NoValue>("noteLater")
    static let stop = SignalType<NoValue>("stop")

    static var handlers: WorkflowHandlers<LedgerWorkflow> {
        WorkflowHandlers()
            .update(add) { _, amount in
                guard amount > 0 else { throw ApplicationFailure("not positive", type: "Invalid") }
                guard amount < 1000 else { throw Bug() }
            } _: { ledger, amount, _ in
                ledger.total += amount
                ledger.log.append("add \(amount)")
                return ledger.total
            }
            .update(slow) { ledger, _, context in
                ledger.log.append("slow")
                try await context.sleep(for: .seconds(5))
                return "done by \(context.currentUpdate?.id ?? "nobody")"
            }
            .update(finish) { ledger, _, context in
                ledger.isStopped = true
                try await context.wait(until: { ledger.isEnding })
                return "finished"
            }
            .update(fail) { _, _, _ in throw ApplicationFailure("no funds", type: "Declined") }
            .update(breakDown) { _, _, _ in throw Bug() }
            .update(meddle) { ledger, _ in
                _ = ledger.context?.patched("meddled")
            } _: { _, _, _ in
                NoValue()
            }
            .signal(note) { ledger, text, _ in ledger.log.append(text) }
            .signal(notePositive) { ledger, _, context in
                try await context.wait(until: { ledger.total > 0 })
                ledger.log.append("positive")
            }
            .signal(noteLater) { ledger, _, context in
                try await context.sleep(for: .seconds(1))
                ledger.log.append("later")
            }
            .signal(stop) { ledger, _, _ in ledger.isStopped = true }
    }

    private let deadline: Int?
    private var context: WorkflowContext?
    private var log: [String] = []
    private var total = 0
    private var isStopped = false
    private var isEnding = false

    init(_ deadline: Int?) { self.deadline = deadline }

    func run(_ context: WorkflowContext) async throws -> [String] {
        self.context = context
        log.append("run")
        if let deadline {
            _ = try await context.wait(until: { self.isStopped }, timeout: .seconds(deadline))
        } else {
            try await context.wait(until: { self.isStopped })
        }
        isEnding = true
        return log
    }
}

/// Adds its handler when it runs.
final class LateHandlerWorkflow: Workflow, @unchecked Sendable {
    static let early = UpdateType<NoValue, NoValue>("early")
    static let late = UpdateType<Int, Int>("late")

    static var handlers: WorkflowHandlers<LateHandlerWorkflow> {
        WorkflowHandlers().update(early) { workflow, _, _ in
            workflow.log.append("early")
            return NoValue()
        }
    }

    private var log: [String] = []

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [String] {
        log.append("run")
        context.setUpdateHandler(Self.late) { value in
            self.log.append("late \(value)")
            return value * 2
        }
        try await context.wait(until: { self.log.contains("late 3") && context.allHandlersFinished })
        return log
    }
}

/// Ends while its handlers wait.
final class HastyWorkflow: Workflow, @unchecked Sendable {
    static let warned = UpdateType<NoValue, NoValue>("warned")
    static let silent = UpdateType<NoValue, NoValue>("silent")
    static let warnedSignal = SignalType<NoValue>("warnedSignal")
    static let silentSignal = SignalType<NoValue>("silentSignal")

    static var handlers: WorkflowHandlers<HastyWorkflow> {
        WorkflowHandlers()
            .update(warned) { hasty, _, context in try await hasty.wait(context) }
            .update(silent, unfinishedPolicy: .abandon) { hasty, _, context in try await hasty.wait(context) }
            .signal(warnedSignal) { hasty, _, context in _ = try await hasty.wait(context) }
            .signal(silentSignal, unfinishedPolicy: .abandon) { hasty, _, context in _ = try await hasty.wait(context) }
    }

    private var waiting = 0

    init(_ input: NoValue) {}

    private func wait(_ context: WorkflowContext) async throws -> NoValue {
        waiting += 1
        try await context.wait(until: { false })
        return NoValue()
    }

    func run(_ context: WorkflowContext) async throws -> Int {
        try await context.wait(until: { self.waiting == 4 })
        return waiting
    }
}

import Foundation
import Temporal

/// Carries out a random program, and returns a trace of all that its code saw.
final class FuzzWorkflow: Workflow, @unchecked Sendable {
    static let work = ActivityType<Bool, Int>("work")
    static let quick = ActivityType<Bool, String>("quick")
    static let poke = SignalType<Int>("poke")
    static let adjust = UpdateType<Int, Int>("adjust")

    static var handlers: WorkflowHandlers<FuzzWorkflow> {
        WorkflowHandlers().signal(poke) { workflow, number, context in
            workflow.pokes += 1
            workflow.trace.append("poke \(number)")
            await workflow.attempt("poke \(number)") {
                try await workflow.carryOut(.sequence(workflow.program.onSignal), context)
            }
        }
        .update(adjust) { _, number in
            guard number % 3 != 1 else { throw ApplicationFailure("\(number) is refused", type: "Refused") }
        } _: { workflow, number, context in
            workflow.trace.append("adjust \(number)")
            await workflow.attempt("adjust \(number)") {
                try await workflow.carryOut(.sequence(workflow.program.onUpdate), context)
            }
            guard number % 3 != 2 else { throw ApplicationFailure("\(number) fails", type: "Failed") }
            return workflow.pokes
        }
    }

    private let program: FuzzProgram
    private var pokes = 0
    private var hasLocal = false
    private var trace: [String] = []

    init(_ input: FuzzProgram) { program = input }

    func run(_ context: WorkflowContext) async throws -> [String] {
        for (index, step) in program.steps.enumerated() {
            do {
                try await carryOut(step, context)
                trace.append("step \(index)")
            } catch  where context.isCancelRequested {
                trace.append("cancelled in \(index)")
                try await context.shielded {
                    try await self.carryOut(.activity(fails: false, isPatient: true), context)
                }
                throw error
            } catch let error as any TemporalFailure {
                trace.append("step \(index): \(error)")
            }
        }
        if let next = program.successors.first {
            var successor = program
            successor.steps = next
            successor.successors.removeFirst()
            throw ContinueAsNew(FuzzWorkflow.self, successor)
        }
        return trace
    }

    private func carryOut(_ step: FuzzStep, _ context: WorkflowContext) async throws {
        switch step {
        case .activity(let fails, let isPatient):
            let options = ActivityOptions(
                startToClose: .seconds(30), retryPolicy: RetryPolicy(maximumAttempts: 3),
                cancellationType: isPatient ? .waitCancellationCompleted : .tryCancel)
            trace.append("activity \(try await context.execute(Self.work, fails, options: options))")
        case .sleep(let seconds): try await context.sleep(for: .seconds(seconds))
        case .signals(let count, let seconds):
            let wanted = pokes + count
            let came = try await context.wait(until: { self.pokes >= wanted }, timeout: .seconds(seconds))
            trace.append("signals \(came) \(pokes)")
        case .sequence(let steps): for step in steps { try await carryOut(step, context) }
        case .together(let steps):
            try await withThrowingTaskGroup { group in
                for step in steps { group.addTask { try await self.carryOut(step, context) } }
                try await group.waitForAll()
            }
        case .race(let steps):
            try await withThrowingTaskGroup { group in
                for (index, step) in steps.enumerated() {
                    group.addTask {
                        try await self.carryOut(step, context)
                        return index
                    }
                }
                let winner = try await group.next()
                trace.append("winner \(winner ?? -1)")
                group.cancelAll()
            }
        case .child(let steps):
            let result = try await context.execute(
                child: FuzzWorkflow.self, FuzzProgram(steps: steps))
            trace.append("child \(result.joined(separator: ", "))")
        case .patched(let id, let steps):
            if context.patched(id) { try await carryOut(.sequence(steps), context) }
        case .shielded(let steps): try await context.shielded { try await self.carryOut(.sequence(steps), context) }
        case .local(let fails):
            // One at a time: which of two ends first is not the same twice.
            let result = try await context.shielded {
                try await context.wait(until: { !self.hasLocal })
                self.hasLocal = true
                defer { self.hasLocal = false }
                return try await context.executeLocal(
                    Self.quick, fails, options: LocalActivityOptions(startToClose: .seconds(30)))
            }
            trace.append("local \(result)")
        case .signalOther(let isThere):
            try await context.externalWorkflow(id: isThere ? "other" : "nobody").signal(Self.poke, 100)
            trace.append("signalled")
        case .cancelOther(let isThere):
            try await context.externalWorkflow(id: isThere ? "other" : "nobody").cancel()
            trace.append("asked to cancel")
        case .memo(let value):
            try context.upsertMemo("note", value)
            trace.append("memo \(value)")
        case .draw: trace.append("draw \(context.uuid()) \(context.random(in: 0...99))")
        }
    }

    private func attempt(_ name: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            trace.append("\(name) ended: \(error)")
        }
    }
}

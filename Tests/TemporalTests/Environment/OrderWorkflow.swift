import Synchronization
import Temporal

/// What a user of the test environment would write: an order that is charged once it is approved, and given up after a month.
final class OrderWorkflow: Workflow, @unchecked Sendable {
    static let charge = ActivityType<Int, String>("charge")
    static let refund = ActivityType<String, NoValue>("refund")
    static let approve = SignalType<String>("approve")
    static let state = QueryType<NoValue, String>("state")
    static let options = ActivityOptions(startToClose: .seconds(60))

    static var handlers: WorkflowHandlers<OrderWorkflow> {
        WorkflowHandlers()
            .signal(approve) { order, name, _ in order.approver = name }
            .query(state) { order, _ in order.state }
    }

    private let amount: Int
    private var approver: String?
    private var state = "waiting"

    init(_ input: Int) { amount = input }

    func run(_ context: WorkflowContext) async throws -> String {
        guard try await context.wait(until: { self.approver != nil }, timeout: .seconds(30 * 86_400)) else {
            state = "given up"
            return state
        }
        state = "charging"
        let receipt = try await context.execute(Self.charge, amount, options: Self.options)
        state = "charged"
        do {
            try await context.sleep(for: .seconds(3_600))
        } catch {
            _ = try await context.shielded {
                try await context.execute(Self.refund, receipt, options: Self.options)
            }
            state = "refunded"
            throw error
        }
        return "\(receipt), approved by \(approver ?? "nobody")"
    }
}

/// Orders twice, one after the other, each as a child of its own.
final class DoubleOrderWorkflow: Workflow {
    init(_ input: Int) { amount = input }
    private let amount: Int

    func run(_ context: WorkflowContext) async throws -> [String] {
        var results: [String] = []
        for part in ["a", "b"] {
            results.append(
                try await context.execute(
                    child: OrderWorkflow.self, amount,
                    options: ChildWorkflowOptions(id: "\(context.info.workflowID)-\(part)")))
        }
        return results
    }
}

/// Ends as soon as it is told to, unless a timer is first; asks for the end in the task in which more may come.
final class EagerWorkflow: Workflow, @unchecked Sendable {
    static let go = SignalType<Int>("go")

    static var handlers: WorkflowHandlers<EagerWorkflow> {
        WorkflowHandlers().signal(go) { workflow, value, _ in workflow.seen.append(value) }
    }

    private var seen: [Int] = []

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [Int] {
        _ = try await context.wait(until: { !self.seen.isEmpty }, timeout: .seconds(60))
        return seen
    }
}

/// Asks for something else each time its code is run.
final class FickleWorkflow: Workflow {
    static let activities = (0..<100).map { ActivityType<NoValue, NoValue>("fickle-\($0)") }
    private static let instances = Mutex(0)

    private let number: Int

    init(_ input: NoValue) {
        number = Self.instances.withLock {
            $0 += 1
            return $0
        }
    }

    func run(_ context: WorkflowContext) async throws -> NoValue {
        try await context.execute(Self.activities[number % 100], NoValue(), options: OrderWorkflow.options)
    }
}

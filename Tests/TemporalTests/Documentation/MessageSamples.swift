import Foundation
import Temporal
import TemporalTesting
import Testing

@Suite("Documentation: signals, queries, updates", .timeLimit(.minutes(5)))
struct MessageSamples {
    final class Approval: Workflow {
        static let approve = SignalType<String>("approve")
        static let approver = QueryType<NoValue, String?>("approver")

        static var handlers: WorkflowHandlers<Approval> {
            WorkflowHandlers()
                .signal(approve) { approval, name, _ in approval.approver = name }
                .query(approver) { approval, _ in approval.approver }
        }

        private var approver: String?

        init(_ input: NoValue) {}

        func run(_ context: WorkflowContext) async throws -> String {
            let isApproved = try await context.wait(until: { self.approver != nil }, timeout: .seconds(7 * 86_400))
            return isApproved ? "approved by \(approver ?? "")" : "nobody cared for a week"
        }
    }

    @Test("Signals and queries")
    func signals() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(taskQueue: "office", workflows: [Approval.self]) { client in
            let approval = try await client.startWorkflow(
                Approval.self, options: StartWorkflowOptions(id: "approval-1", taskQueue: "office"))
            #expect(try await approval.query(Approval.approver) == nil)
            try await approval.signal(Approval.approve, "Ann")
            #expect(try await approval.query(Approval.approver) == "Ann")
            #expect(try await approval.result() == "approved by Ann")
            let other = try await client.signalWithStart(
                Approval.self, NoValue(), signal: Approval.approve, "Bob",
                options: StartWorkflowOptions(id: "approval-2", taskQueue: "office"))
            #expect(try await other.result() == "approved by Bob")
            let forgotten = try await client.startWorkflow(
                Approval.self, options: StartWorkflowOptions(id: "approval-3", taskQueue: "office"))
            #expect(try await forgotten.result() == "nobody cared for a week")
        }
    }
    final class Cart: Workflow, @unchecked Sendable {
        static let add = UpdateType<String, Int>("add")
        static let checkOut = SignalType<NoValue>("check-out")
        static let price = ActivityType<String, Int>("price")

        static var handlers: WorkflowHandlers<Cart> {
            WorkflowHandlers()
                .update(
                    add,
                    validator: { _, item in
                        guard !item.isEmpty else { throw ApplicationFailure("no item named", type: "EmptyName") }
                    },
                    { cart, item, context in
                        let options = ActivityOptions(startToClose: .seconds(10))
                        cart.cents += try await context.execute(price, item, options: options)
                        return cart.cents
                    }
                )
                .signal(checkOut) { cart, _, _ in cart.isCheckedOut = true }
        }

        private var cents = 0
        private var isCheckedOut = false

        init(_ input: NoValue) {}

        func run(_ context: WorkflowContext) async throws -> Int {
            try await context.wait(until: { self.isCheckedOut && context.allHandlersFinished })
            return cents
        }
    }

    @Test("Updates")
    func updates() async throws {
        let client = try await liveClient()
        let queue = "carts-\(UUID().uuidString)"
        var activities = Activities()
        activities.register(Cart.price) { item, _ in item.count }
        try await withSampleWorker(client, queue, [Cart.self], activities) {
            let cart = try await client.startWorkflow(
                Cart.self, options: StartWorkflowOptions(id: queue, taskQueue: queue))
            #expect(try await cart.executeUpdate(Cart.add, "tea") == 3)
            let refused = await #expect(throws: WorkflowUpdateFailedError.self) {
                try await cart.executeUpdate(Cart.add, "")
            }
            #expect((refused?.cause as? ApplicationFailure)?.type == "EmptyName")

            let update = try await cart.startUpdate(Cart.add, "coffee", waitFor: .accepted, id: "coffee-1")
            #expect(try await update.result() == 9)
            try await cart.signal(Cart.checkOut)
            #expect(try await cart.result() == 9)
        }
    }
}

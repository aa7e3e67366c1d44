import Foundation
import Temporal
import TemporalTesting
import Testing

@Suite("Documentation: children, local activities, continue-as-new, external workflows", .timeLimit(.minutes(5)))
struct CompositionSamples {
    final class Line: Workflow {
        private let item: String

        init(_ item: String) { self.item = item }

        func run(_ context: WorkflowContext) async throws -> Int {
            try await context.sleep(for: .seconds(60))
            return item.count
        }
    }
    final class Warehouse: Workflow {
        private let items: [String]

        init(_ items: [String]) { self.items = items }

        func run(_ context: WorkflowContext) async throws -> Int {
            let handles = try await start(context)
            var packed = 0
            for line in handles { packed += try await line.result() }
            return packed
        }

        private func start(_ context: WorkflowContext) async throws -> [ChildWorkflowHandle<Line>] {
            var handles: [ChildWorkflowHandle<Line>] = []
            for item in items {
                let options = ChildWorkflowOptions(
                    id: "\(context.info.workflowID)/\(item)", parentClosePolicy: .requestCancel)
                handles.append(try await context.start(child: Line.self, item, options: options))
            }
            return handles
        }
    }

    @Test("Child workflows")
    func children() async throws {
        let environment = TestEnvironment()
        let begin = environment.now
        try await environment.withWorker(taskQueue: "hall", workflows: [Warehouse.self, Line.self]) { client in
            let warehouse = try await client.startWorkflow(
                Warehouse.self, ["tea", "coffee"], options: StartWorkflowOptions(id: "w", taskQueue: "hall"))
            #expect(try await warehouse.result() == 9)
            #expect(environment.histories.map(\.workflowID).sorted() == ["w", "w/coffee", "w/tea"])
        }
        #expect(environment.now.timeIntervalSince(begin) == 60)
    }
    final class Greeting: Workflow {
        static let lookUp = ActivityType<String, String>("look-up")
        private let id: String

        init(_ id: String) { self.id = id }

        func run(_ context: WorkflowContext) async throws -> String {
            let options = LocalActivityOptions(startToClose: .seconds(2))
            return "Hello, \(try await context.executeLocal(Self.lookUp, id, options: options))"
        }
    }

    @Test("Local activities")
    func local() async throws {
        let environment = TestEnvironment()
        var activities = Activities()
        activities.register(Greeting.lookUp) { id, context in context.isLocal ? "user \(id)" : "nobody" }
        try await environment.withWorker(
            taskQueue: "front", workflows: [Greeting.self], activities: activities
        ) { client in
            let greeting = try await client.startWorkflow(
                Greeting.self, "7", options: StartWorkflowOptions(id: "g", taskQueue: "front"))
            #expect(try await greeting.result() == "Hello, user 7")
        }
    }
    struct Account: Codable, Sendable {
        var balance = 0
    }

    final class AccountWorkflow: Workflow {
        static let book = SignalType<Int>("book")
        static let balance = QueryType<NoValue, Int>("balance")

        static var handlers: WorkflowHandlers<AccountWorkflow> {
            WorkflowHandlers()
                .signal(book) { workflow, cents, _ in
                    workflow.account.balance += cents
                    workflow.bookedHere += 1
                }
                .query(balance) { workflow, _ in workflow.account.balance }
        }

        private var account: Account
        private var bookedHere = 0

        init(_ account: Account) { self.account = account }

        func run(_ context: WorkflowContext) async throws -> NoValue {
            try await context.wait(until: {
                (context.suggestsContinueAsNew || self.bookedHere >= 1000) && context.allHandlersFinished
            })
            throw ContinueAsNew(AccountWorkflow.self, account)
        }
    }

    @Test("Continue-as-new")
    func continueAsNew() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(taskQueue: "books", workflows: [AccountWorkflow.self]) { client in
            let account = try await client.startWorkflow(
                AccountWorkflow.self, Account(), options: StartWorkflowOptions(id: "a", taskQueue: "books"))
            for _ in 1...1001 { try await account.signal(AccountWorkflow.book, 2) }
            try await environment.settle()
            try await account.signal(AccountWorkflow.book, 2)
            #expect(try await account.query(AccountWorkflow.balance) == 2004)
            #expect(environment.histories.count == 2)
        }
    }
    final class Salary: Workflow {
        private let accountID: String

        init(_ accountID: String) { self.accountID = accountID }

        func run(_ context: WorkflowContext) async throws -> Bool {
            let account = context.externalWorkflow(id: accountID)
            do {
                try await account.signal(AccountWorkflow.book, 100_000)
                return true
            } catch let failure as ApplicationFailure where failure.type == "ExternalWorkflowExecutionNotFound" {
                return false
            }
        }
    }

    @Test("External workflows")
    func external() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(
            taskQueue: "books", workflows: [AccountWorkflow.self, Salary.self]
        ) { client in
            let account = try await client.startWorkflow(
                AccountWorkflow.self, Account(), options: StartWorkflowOptions(id: "a", taskQueue: "books"))
            for (id, isThere) in [("a", true), ("b", false)] {
                let salary = try await client.startWorkflow(
                    Salary.self, id, options: StartWorkflowOptions(id: "salary-\(id)", taskQueue: "books"))
                #expect(try await salary.result() == isThere)
            }
            #expect(try await account.query(AccountWorkflow.balance) == 100_000)
        }
    }
}

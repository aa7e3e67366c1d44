import Foundation
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("Documentation: determinism", .timeLimit(.minutes(5)))
struct DeterminismSamples {
    static let quote = ActivityType<String, Int>("quote")
    static let options = ActivityOptions(startToClose: .seconds(60))

    private var activities: Activities {
        var activities = Activities()
        activities.register(Self.quote) { shop, _ in shop.count }
        return activities
    }
    final class Comparison: Workflow {
        private let shops: [String]

        init(_ shops: [String]) { self.shops = shops }

        func run(_ context: WorkflowContext) async throws -> Int? {
            async let house = context.execute(quote, "our own", options: options)
            let others = try await withThrowingTaskGroup(of: Int.self) { group in
                for shop in shops {
                    group.addTask { try await context.execute(quote, shop, options: options) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            return try await (others + [house]).min()
        }
    }

    @Test("Concurrency that replays", arguments: [0.0, 1.0])
    func concurrency(evictions: Double) async throws {
        var faults = TestFaults()
        faults.evictions = evictions
        faults.lateActivities = 0.5
        let environment = TestEnvironment(seed: 3, faults: faults)
        try await environment.withWorker(
            taskQueue: "q", workflows: [Comparison.self], activities: activities
        ) { client in
            let run = try await client.startWorkflow(
                Comparison.self, ["near", "far", "further"], options: .init(id: "c", taskQueue: "q"))
            #expect(try await run.result() == 3)
        }
    }
    final class Kitchen: Workflow, @unchecked Sendable {
        static let order = SignalType<String>("order")
        static let close = SignalType<NoValue>("close")

        static var handlers: WorkflowHandlers<Kitchen> {
            WorkflowHandlers()
                .signal(order) { kitchen, dish, _ in kitchen.incoming.yield(dish) }
                .signal(close) { kitchen, _, _ in kitchen.incoming.finish() }
        }

        private let (orders, incoming) = AsyncStream.makeStream(of: String.self)

        init(_ input: NoValue) {}

        func run(_ context: WorkflowContext) async throws -> [String] {
            var served: [String] = []
            for await dish in orders {
                try await context.sleep(for: .seconds(600))
                served.append(dish)
            }
            return served
        }
    }

    @Test("A stream fed by signals", arguments: [0.0, 1.0])
    func stream(evictions: Double) async throws {
        var faults = TestFaults()
        faults.evictions = evictions
        let environment = TestEnvironment(faults: faults)
        try await environment.withWorker(taskQueue: "q", workflows: [Kitchen.self]) { client in
            let kitchen = try await client.startWorkflow(Kitchen.self, options: .init(id: "k", taskQueue: "q"))
            try await kitchen.signal(Kitchen.order, "soup")
            try await environment.sleep(for: .seconds(60))
            try await kitchen.signal(Kitchen.order, "cake")
            try await kitchen.signal(Kitchen.close)
            #expect(try await kitchen.result() == ["soup", "cake"])
        }
    }
    final class FirstQuote: Workflow {
        private let shops: [String]

        init(_ shops: [String]) { self.shops = shops }

        func run(_ context: WorkflowContext) async throws -> Int? {
            try await withThrowingTaskGroup(of: Int?.self) { group in
                for shop in shops {
                    group.addTask { try await context.execute(quote, shop, options: options) }
                }
                group.addTask {
                    try await context.sleep(for: .seconds(30))
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        }
    }

    @Test("The first of several wins; too late is nothing")
    func race() async throws {
        for (duration, expected) in [(20, 4), (40, nil)] {
            let environment = TestEnvironment()
            environment.setDuration(of: Self.quote, to: .seconds(duration))
            try await environment.withWorker(
                taskQueue: "q", workflows: [FirstQuote.self], activities: activities
            ) { client in
                let run = try await client.startWorkflow(
                    FirstQuote.self, ["near", "further"], options: .init(id: "f", taskQueue: "q"))
                #expect(try await run.result() == expected)
            }
        }
    }
    final class Hasty: Workflow {
        static var failureErrorTypes: [any Error.Type] { [NondeterminismError.self] }

        init(_ input: NoValue) {}

        func run(_ context: WorkflowContext) async throws -> Int {
            await Task { 1 }.value
        }
    }

    final class Sleepy: Workflow {
        static var failureErrorTypes: [any Error.Type] { [NondeterminismError.self] }

        init(_ input: NoValue) {}

        func run(_ context: WorkflowContext) async throws -> Int {
            try await Task.sleep(for: .seconds(600))
            return 1
        }
    }

    @Test(
        "What no replay could repeat fails, with the words the page quotes",
        arguments: [Hasty.self, Sleepy.self] as [any Workflow.Type])
    func violation(type: any Workflow.Type) async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(taskQueue: "q", workflows: [type]) { client in
            let run = try await client.startWorkflow(
                typeName: type.workflowType, input: Payloads(), options: .init(id: "v", taskQueue: "q"))
            let failure = await #expect(throws: WorkflowFailedError.self) { try await run.result() }
            let cause = try #require(failure?.cause as? ApplicationFailure)
            #expect(cause.type == "NondeterminismError")
            let message = try #require(cause.message.split(separator: "\n").first)
            #expect(try Page.determinism.text.contains(message))
        }
    }
}

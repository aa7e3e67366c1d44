import Foundation
import Temporal
import TemporalTesting
import Testing
import WaitingTestSupport

@Suite("Documentation: versions and replay", .timeLimit(.minutes(5)))
struct VersioningSamples {
    enum Checkout {
        static let charge = ActivityType<Int, String>("charge")
        static let checkFraud = ActivityType<Int, Bool>("check-fraud")
        static let options = ActivityOptions(startToClose: .seconds(30))

        static var activities: Activities {
            var activities = Activities()
            activities.register(charge) { cents, _ in "charged \(cents)" }
            activities.register(checkFraud) { cents, _ in cents > 1000 }
            return activities
        }
    }

    enum Before {
        final class CheckoutWorkflow: Workflow {
            private let cents: Int

            init(_ cents: Int) { self.cents = cents }

            func run(_ context: WorkflowContext) async throws -> String {
                try await context.execute(Checkout.charge, cents, options: Checkout.options)
            }
        }
    }

    enum Careless {
        final class CheckoutWorkflow: Workflow {
            private let cents: Int

            init(_ cents: Int) { self.cents = cents }

            func run(_ context: WorkflowContext) async throws -> String {
                guard !(try await context.execute(Checkout.checkFraud, cents, options: Checkout.options)) else {
                    return "suspicious"
                }
                return try await context.execute(Checkout.charge, cents, options: Checkout.options)
            }
        }
    }

    enum During {
        final class CheckoutWorkflow: Workflow {
            private let cents: Int

            init(_ cents: Int) { self.cents = cents }
            func run(_ context: WorkflowContext) async throws -> String {
                if context.patched("check-fraud") {
                    guard !(try await context.execute(Checkout.checkFraud, cents, options: Checkout.options)) else {
                        return "suspicious"
                    }
                }
                return try await context.execute(Checkout.charge, cents, options: Checkout.options)
            }
        }
    }

    enum After {
        final class CheckoutWorkflow: Workflow {
            private let cents: Int

            init(_ cents: Int) { self.cents = cents }
            func run(_ context: WorkflowContext) async throws -> String {
                context.deprecatePatch("check-fraud")
                guard !(try await context.execute(Checkout.checkFraud, cents, options: Checkout.options)) else {
                    return "suspicious"
                }
                return try await context.execute(Checkout.charge, cents, options: Checkout.options)
            }
        }
    }

    /// The history of a run of the given code, which must have the given result.
    private func history<Code: Workflow>(
        _ type: Code.Type, _ cents: Int, _ result: String
    ) async throws -> WorkflowHistory where Code.Input == Int, Code.Output == String {
        let environment = TestEnvironment()
        try await environment.withWorker(
            taskQueue: "q", workflows: [type], activities: Checkout.activities
        ) { client in
            let run = try await client.startWorkflow(type, cents, options: .init(id: "c", taskQueue: "q"))
            #expect(try await run.result() == result)
        }
        return try #require(environment.histories.first)
    }

    @Test("A patch lets old runs go on as they began, and new ones take the new course")
    func patches() async throws {
        let old = try await history(Before.CheckoutWorkflow.self, 5000, "charged 5000")
        let new = try await history(During.CheckoutWorkflow.self, 5000, "suspicious")
        let during = WorkflowReplayer(workflows: [During.CheckoutWorkflow.self])
        #expect(await during.replay([old, new]).map(\.verdict) == [.ok, .ok])
        let after = WorkflowReplayer(workflows: [After.CheckoutWorkflow.self])
        #expect(await after.replay(new).verdict == .ok)
        #expect(await !after.replay(old).verdict.isOK)
    }

    @Test("The message of a replay that fails is the one the pages quote")
    func nondeterminism() async throws {
        let old = try await history(Before.CheckoutWorkflow.self, 5, "charged 5")
        let careless = WorkflowReplayer(workflows: [Careless.CheckoutWorkflow.self])
        guard case .nondeterminism(let message) = await careless.replay(old).verdict else {
            Issue.record("not refused")
            return
        }
        let page = try Page.determinism.text
        #expect(page.contains(message))
    }

    @Test("The replay recipe tells histories the code can go on with from those it cannot")
    func replayRecipe() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "histories-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, type) in [("a", 5), ("b", 6)] {
            let old = try await history(Before.CheckoutWorkflow.self, type, "charged \(type)")
            try old.json().write(to: folder.appending(path: "\(name).json"))
        }
        #expect(try await brokenRuns([During.CheckoutWorkflow.self], folder).isEmpty)
        #expect(try await brokenRuns([Careless.CheckoutWorkflow.self], folder).count == 2)
    }
    /// Replays every exported history in a folder.
    /// - Returns: those that this build of the workflows cannot go on with, and why.
    func brokenRuns(_ workflows: [any Workflow.Type], _ folder: URL) async throws -> [ReplayResult] {
        let replayer = WorkflowReplayer(workflows: workflows)
        var broken: [ReplayResult] = []
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let history = try WorkflowHistory(exported: try Data(contentsOf: file))
            let result = await replayer.replay(history)
            if !result.verdict.isOK { broken.append(result) }
        }
        return broken
    }

    @Test("Open runs can be fetched and replayed", .timeLimit(.minutes(5)))
    func openRuns() async throws {
        let client = try await liveClient()
        let queue = "replay-\(UUID().uuidString)"
        try await withSampleWorker(client, queue, [MessageSamples.Approval.self]) {
            let run = try await client.startWorkflow(
                MessageSamples.Approval.self, options: StartWorkflowOptions(id: queue, taskQueue: queue))
            _ = try await run.query(MessageSamples.Approval.approver)
            try await eventually("the run is found") {
                try await openVerdicts(client, queue, [MessageSamples.Approval.self]) == [.ok]
            }
            try await run.terminate(reason: "done with it")
        }
    }

    private func openVerdicts(
        _ client: TemporalClient, _ taskQueue: String, _ workflows: [any Workflow.Type]
    ) async throws -> [ReplayVerdict] {
        let replayer = WorkflowReplayer(workflows: workflows)
        var verdicts: [ReplayVerdict] = []
        let filter = "TaskQueue = '\(taskQueue)' AND ExecutionStatus = 'Running'"
        for try await run in client.listWorkflows(filter) {
            let result = try await replayer.replay(client.handle(id: run.workflowID, runID: run.runID))
            verdicts.append(result.verdict)
        }
        return verdicts
    }
}

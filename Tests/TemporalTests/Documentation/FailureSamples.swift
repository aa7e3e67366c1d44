import Temporal
import TemporalTesting
import Testing

@Suite("Documentation: failures", .timeLimit(.minutes(5)))
struct FailureSamples {
    final class Purchase: Workflow {
        static let charge = ActivityType<Int, String>("charge")
        private let cents: Int

        init(_ cents: Int) { self.cents = cents }

        func run(_ context: WorkflowContext) async throws -> String {
            let options = ActivityOptions(
                startToClose: .seconds(10),
                retryPolicy: RetryPolicy(maximumAttempts: 3, nonRetryableErrorTypes: ["CardExpired"]))
            do {
                return try await context.execute(Self.charge, cents, options: options)
            } catch let failure as ActivityFailure {
                switch failure.cause {
                case let cause as ApplicationFailure where cause.type == "CardExpired": return "ask for another card"
                case is TimeoutFailure: return "the bank is slow"
                default: throw ApplicationFailure("not paid", type: "NotPaid", cause: failure)
                }
            }
        }
    }

    struct Unplugged: Error {}

    private var activities: Activities {
        var activities = Activities()
        activities.register(Purchase.charge) { cents, context in
            switch cents {
            case 13: throw ApplicationFailure("the card expired", type: "CardExpired")
            case 14: throw ApplicationFailure("the card is stolen", type: "Stolen", isNonRetryable: true)
            case 15: throw Unplugged()
            default: return "paid at attempt \(context.attempt)"
            }
        }
        return activities
    }

    @Test("Which error does what", arguments: [(13, "ask for another card"), (1, "paid at attempt 1")])
    func caught(cents: Int, expected: String) async throws {
        #expect(try await pay(cents).get() == expected)
    }

    @Test(
        "What an activity throws is the cause of what its workflow throws",
        arguments: [(14, "Stolen"), (15, "Unplugged")])
    func thrown(cents: Int, type: String) async throws {
        let failure = await #expect(throws: WorkflowFailedError.self) { try await pay(cents).get() }
        let own = try #require(failure?.cause as? ApplicationFailure)
        #expect(own.type == "NotPaid")
        let activity = try #require(own.cause as? ActivityFailure)
        #expect((activity.cause as? ApplicationFailure)?.type == type)
    }

    private func pay(_ cents: Int) async throws -> Result<String, any Error> {
        let environment = TestEnvironment()
        return try await environment.withWorker(
            taskQueue: "q", workflows: [Purchase.self], activities: activities
        ) { client in
            let run = try await client.startWorkflow(Purchase.self, cents, options: .init(id: "p", taskQueue: "q"))
            do {
                return .success(try await run.result())
            } catch {
                return .failure(error)
            }
        }
    }

    @Test("An activity that takes too long ends as a time-out")
    func timeout() async throws {
        let environment = TestEnvironment()
        environment.setDuration(of: Purchase.charge, to: .seconds(11))
        try await environment.withWorker(
            taskQueue: "q", workflows: [Purchase.self], activities: activities
        ) { client in
            let run = try await client.startWorkflow(Purchase.self, 1, options: .init(id: "p", taskQueue: "q"))
            #expect(try await run.result() == "the bank is slow")
        }
    }
}

import Foundation
import Synchronization
import Temporal
import TemporalTesting
import Testing

@Suite("Documentation: timers, conditions, cancellation", .timeLimit(.minutes(5)))
struct WaitingSamples {
    final class Reminder: Workflow {
        static let remind = ActivityType<Int, NoValue>("remind")
        static let done = SignalType<NoValue>("done")

        static var handlers: WorkflowHandlers<Reminder> {
            WorkflowHandlers().signal(done) { reminder, _, _ in reminder.isDone = true }
        }

        private var isDone = false

        init(_ input: NoValue) {}

        func run(_ context: WorkflowContext) async throws -> Int {
            try await context.sleep(for: .seconds(3600), summary: "an hour of peace")
            var reminders = 0
            while !(try await context.wait(until: { self.isDone }, timeout: .seconds(86_400))) {
                reminders += 1
                _ = try await context.execute(
                    Self.remind, reminders, options: ActivityOptions(startToClose: .seconds(10)))
            }
            return reminders
        }
    }

    @Test("Timers and conditions")
    func timers() async throws {
        let environment = TestEnvironment()
        let reminders = Mutex<[Int]>([])
        var activities = Activities()
        activities.register(Reminder.remind) { number, _ in
            reminders.withLock { $0.append(number) }
            return NoValue()
        }
        try await environment.withWorker(
            taskQueue: "office", workflows: [Reminder.self], activities: activities
        ) { client in
            let reminder = try await client.startWorkflow(
                Reminder.self, options: StartWorkflowOptions(id: "reminder", taskQueue: "office"))
            try await environment.sleep(for: .seconds(3 * 86_400 + 7200))
            try await reminder.signal(Reminder.done)
            #expect(try await reminder.result() == 3)
        }
        #expect(reminders.withLock { $0 } == [1, 2, 3])
    }
    final class Trip: Workflow {
        static let bookHotel = ActivityType<String, NoValue>("book-hotel")
        static let cancelHotel = ActivityType<String, NoValue>("cancel-hotel")
        static let bookFlight = ActivityType<String, NoValue>("book-flight")
        static let cancelFlight = ActivityType<String, NoValue>("cancel-flight")

        private let trip: String

        init(_ trip: String) { self.trip = trip }

        func run(_ context: WorkflowContext) async throws -> String {
            let (trip, options) = (trip, ActivityOptions(startToClose: .seconds(60)))
            let steps = [(Self.bookHotel, undo: Self.cancelHotel), (Self.bookFlight, undo: Self.cancelFlight)]
            var begun: [ActivityType<String, NoValue>] = []
            do {
                for (step, undo) in steps {
                    // Noted before the step begins: one that fails or is cancelled may have had its effect.
                    begun.append(undo)
                    _ = try await context.execute(step, trip, options: options)
                }
                try await context.sleep(for: .seconds(86_400))
                return "have a nice trip"
            } catch {
                let compensations = begun
                try await context.shielded {
                    for undo in compensations.reversed() {
                        _ = try await context.execute(undo, trip, options: options)
                    }
                }
                throw error
            }
        }
    }

    private func activities(flightsAreFull: Bool, _ calls: Calls) -> Activities {
        var activities = Activities()
        for type in [Trip.bookHotel, Trip.cancelHotel, Trip.cancelFlight, Trip.bookFlight] {
            activities.register(type) { _, _ in
                calls.names.withLock { $0.append(type.name) }
                guard type.name != "book-flight" || !flightsAreFull else {
                    throw ApplicationFailure("no seat left", type: "Full", isNonRetryable: true)
                }
                return NoValue()
            }
        }
        return activities
    }

    private final class Calls: Sendable { let names = Mutex<[String]>([]) }

    private let undone = ["book-hotel", "book-flight", "cancel-flight", "cancel-hotel"]

    @Test("A step that fails undoes what was begun")
    func compensation() async throws {
        let calls = Calls()
        let environment = TestEnvironment()
        try await environment.withWorker(
            taskQueue: "trips", workflows: [Trip.self], activities: activities(flightsAreFull: true, calls)
        ) { client in
            let trip = try await client.startWorkflow(
                Trip.self, "Rome", options: StartWorkflowOptions(id: "trip", taskQueue: "trips"))
            let failure = await #expect(throws: WorkflowFailedError.self) { try await trip.result() }
            #expect(failure?.cause is ActivityFailure)
        }
        #expect(calls.names.withLock { $0 } == undone)
    }

    @Test("Cancellation reaches the code as an error, and spares what is shielded")
    func cancellation() async throws {
        let calls = Calls()
        let environment = TestEnvironment()
        try await environment.withWorker(
            taskQueue: "trips", workflows: [Trip.self], activities: activities(flightsAreFull: false, calls)
        ) { client in
            let trip = try await client.startWorkflow(
                Trip.self, "Rome", options: StartWorkflowOptions(id: "trip", taskQueue: "trips"))
            try await environment.sleep(for: .seconds(3600))
            try await trip.cancel(reason: "the customer is ill")
            let failure = await #expect(throws: WorkflowFailedError.self) { try await trip.result() }
            #expect(failure?.cause is CanceledFailure)
            #expect(try await trip.describe().status == .canceled)
        }
        #expect(calls.names.withLock { $0 } == undone)
    }
}

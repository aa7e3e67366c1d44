import Synchronization
import Temporal
import TemporalTesting
import Testing

/// The samples of docs/tutorial.md.
@Suite("The tutorial")
struct TutorialSamples {
    enum Trip {
        static let bookSeat = ActivityType<String, String>("book-seat")
        static let cancelSeat = ActivityType<String, NoValue>("cancel-seat")
        static let bookRoom = ActivityType<String, String>("book-room")
    }

    final class TripBooking: Workflow {
        private let traveller: String
        private var compensations: [ActivityType<String, NoValue>] = []

        init(_ traveller: String) { self.traveller = traveller }

        func run(_ context: WorkflowContext) async throws -> String {
            let options = ActivityOptions(startToClose: .seconds(10), retryPolicy: RetryPolicy(maximumAttempts: 3))
            do {
                compensations.append(Trip.cancelSeat)
                let seat = try await context.execute(Trip.bookSeat, traveller, options: options)
                let room = try await context.execute(Trip.bookRoom, traveller, options: options)
                return "\(seat) and \(room)"
            } catch {
                let options = ActivityOptions(startToClose: .seconds(10))
                for undo in compensations.reversed() {
                    _ = try await context.execute(undo, traveller, options: options)
                }
                return "nothing"
            }
        }
    }

    @Test func theSeatIsGivenBackWhenThereIsNoRoom() async throws {
        let seats = Mutex<Set<String>>([])
        var activities = Activities()
        activities.register(Trip.bookSeat) { traveller, _ in
            seats.withLock { _ = $0.insert(traveller) }
            return "seat 12"
        }
        activities.register(Trip.cancelSeat) { traveller, _ in
            seats.withLock { _ = $0.remove(traveller) }
            return NoValue()
        }
        activities.register(Trip.bookRoom) { _, _ -> String in throw ApplicationFailure("no room", type: "NoRoom") }
        let environment = TestEnvironment()
        try await environment.withWorker(
            taskQueue: "trips", workflows: [TripBooking.self], activities: activities
        ) { client in
            let trip = try await client.startWorkflow(
                TripBooking.self, "ada", options: StartWorkflowOptions(id: "trip-1", taskQueue: "trips"))
            #expect(try await trip.result() == "nothing")
        }
        #expect(seats.withLock { $0.isEmpty })
    }
}

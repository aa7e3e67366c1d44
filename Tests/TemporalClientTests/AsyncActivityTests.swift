import Foundation
import SwiftProtobuf
import TemporalAPI
import Testing

@testable import Temporal

@Suite("Completing activities from elsewhere, on the real server", .timeLimit(.minutes(5)))
struct AsyncActivityTests {
    enum Address: Sendable, CaseIterable { case token, id }

    /// Runs `body` with an activity that a worker has taken and left, and returns the event that ended it.
    private func activity(
        _ address: Address, cancels: Bool = false, _ body: (AsyncActivityHandle, TemporalClient) async throws -> Void
    ) async throws -> HistoryEvent? {
        var event: HistoryEvent?
        try await connected { client in
            let options = options()
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options)
            try await completeTask(of: options.taskQueue, client) {
                .with {
                    $0.commandType = .scheduleActivityTask
                    $0.scheduleActivityTaskCommandAttributes.activityID = "the-activity"
                    $0.scheduleActivityTaskCommandAttributes.activityType.name = "wait"
                    $0.scheduleActivityTaskCommandAttributes.taskQueue.name = options.taskQueue
                    $0.scheduleActivityTaskCommandAttributes.startToCloseTimeout.seconds = 60
                    $0.scheduleActivityTaskCommandAttributes.retryPolicy.maximumAttempts = 1
                }
            }
            let task = try await pollActivity(options.taskQueue, client)
            if cancels {
                try await handle.signal(Greeting.changed, "cancel it")
                try await completeTask(of: options.taskQueue, client) {
                    .with {
                        $0.commandType = .requestCancelActivityTask
                        $0.requestCancelActivityTaskCommandAttributes.scheduledEventID = 5
                    }
                }
            }
            switch address {
            case .token: try await body(client.activityHandle(taskToken: task.taskToken), client)
            case .id:
                try await body(client.activityHandle(workflowID: handle.id, activityID: "the-activity"), client)
            }
            event = try await handle.fetchHistory().last { "\($0.eventType)".hasPrefix("activityTask") }
        }
        return event
    }

    @Test("Scenario 123: an activity is completed by its token and by its id", arguments: Address.allCases)
    func complete(address: Address) async throws {
        let event = try await activity(address) { handle, _ in
            try await handle.heartbeat(["done": 7])
            try await handle.complete("receipt")
            await #expect(throws: ActivityNotFoundError.self) { try await handle.complete("again") }
            await #expect(throws: ActivityNotFoundError.self) { try await handle.heartbeat() }
        }
        let result = try #require(event?.activityTaskCompletedEventAttributes.result)
        #expect(try DataConverter.standard.decode(String.self, from: result) == "receipt")
    }

    @Test("An activity is failed by its token and by its id", arguments: Address.allCases)
    func fail(address: Address) async throws {
        let event = try await activity(address) { handle, _ in
            try await handle.fail(ApplicationFailure("no", type: "Declined"))
        }
        #expect(event?.activityTaskFailedEventAttributes.failure.applicationFailureInfo.type == "Declined")
    }

    @Test("An activity hears of its cancellation by a heartbeat, and reports it", arguments: Address.allCases)
    func cancel(address: Address) async throws {
        let details = try DataConverter.standard.payloads(encoding: "undone")
        let event = try await activity(address, cancels: true) { handle, _ in
            let error = await #expect(throws: ActivityInterruptedError.self) { try await handle.heartbeat("x") }
            #expect(error?.reason == .cancelRequested)
            try await handle.reportCancellation(details: details)
        }
        #expect(event?.activityTaskCanceledEventAttributes.details == details)
    }
}

import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTestSupport
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Finding and administering workflows on the real server", .timeLimit(.minutes(5)))
struct AdministrationTests {
    @Test("Workflows are found by a query, page by page or all in turn, and counted by their status")
    func listAndCount() async throws {
        try await connected { client in
            let queue = "queue-\(UUID())"
            var handles: [WorkflowHandle<Greeting>] = []
            for index in 0..<5 {
                handles.append(
                    try await client.startWorkflow(
                        Greeting.self, "x", options: .init(id: "\(queue)-\(index)", taskQueue: queue)))
            }
            try await handles[0].terminate(reason: "over")
            let query = "TaskQueue = '\(queue)'"
            try await eventually {
                let terminated = try await client.countWorkflows("\(query) AND ExecutionStatus = 'Terminated'").count
                let all = try await client.countWorkflows(query).count
                return terminated == 1 && all == 5
            }
            var found: [WorkflowExecution] = []
            for try await execution in client.listWorkflows(query, pageSize: 2) { found.append(execution) }
            #expect(Set(found.map(\.workflowID)) == Set(handles.map(\.id)))
            #expect(found.count == 5)
            #expect(Set(found.map(\.runID)) == Set(handles.compactMap(\.startedRunID)))
            #expect(found.filter { $0.status == .terminated }.map(\.workflowID) == [handles[0].id])
            #expect(found.allSatisfy { $0.workflowType == "Greeting" && $0.taskQueue == queue })

            let list = client.listWorkflows(query, pageSize: 3)
            let first = try await list.page()
            #expect(first.elements.count == 3)
            let second = try await list.page(at: first.cursor)
            #expect(second.elements.count == 2)
            #expect(Set((first.elements + second.elements).map(\.workflowID)).count == 5)

            let count = try await client.countWorkflows("\(query) GROUP BY ExecutionStatus")
            #expect(count.count == 5)
            let groups = try Dictionary(
                uniqueKeysWithValues: count.groups.map {
                    (try DataConverter.standard.decode(String.self, from: try #require($0.values.first)), $0.count)
                })
            #expect(groups == ["Running": 4, "Terminated": 1])
        }
    }

    @Test("A query that is none is refused, and says why")
    func badQuery() async throws {
        try await connected { client in
            let error = await #expect(throws: TemporalRPCError.self) { try await client.countWorkflows("no such = ") }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("A run that was reset goes on in a new run from the point named, and the old one is over")
    func reset() async throws {
        try await connected { client in
            let options = options()
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options)
            try await completeTask(of: options.taskQueue, client)
            try await handle.signal(Greeting.changed, "a")
            try await completeTask(of: options.taskQueue, client)
            let new = try await handle.untyped.reset(toEventID: 4, reason: "mistake")
            #expect(new.runID != handle.startedRunID)
            let old = try await client.handle(id: handle.id, runID: handle.startedRunID).describe()
            #expect(old.status == .terminated)
            let signals = try await new.fetchHistory().filter { $0.eventType == .workflowExecutionSignaled }
            #expect(signals.count == 1)
            let without = try await new.reset(toEventID: 4, reason: "mistake", excluding: [.signal])
            #expect(
                try await !without.fetchHistory().contains { $0.eventType == .workflowExecutionSignaled })
        }
    }

    @Test("A deleted workflow is not there any more")
    func delete() async throws {
        try await connected { client in
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options()).untyped
            try await handle.delete()
            try await eventually {
                do {
                    _ = try await handle.describe()
                    return false
                } catch is WorkflowNotFoundError {
                    return true
                }
            }
            await #expect(throws: WorkflowNotFoundError.self) {
                try await client.handle(id: "missing-\(UUID())").delete()
            }
        }
    }

    @Test("Who terminated a workflow, why, and the details come with its result")
    func terminateDetails() async throws {
        try await connected { client in
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options())
            let details = try DataConverter.standard.payloads(encoding: ["case": 7])
            try await handle.terminate(reason: "fraud", details: details)
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            let cause = try #require(error?.cause as? TerminatedFailure)
            #expect(cause.message.contains("fraud"))
            #expect(cause.identity == client.identity)
            #expect(cause.details == details.payloads)
        }
    }

    @Test("A description tells limits, summary, search attributes, and what is pending")
    func describe() async throws {
        try await connected { client in
            var options = options()
            options.executionTimeout = .seconds(600)
            options.runTimeout = .seconds(300)
            options.taskTimeout = .seconds(20)
            options.staticSummary = "a payment"
            options.staticDetails = "of *7*"
            let buildIDs = SearchAttributeKey.keywordList("BuildIds")
            options.searchAttributes = SearchAttributes(try buildIDs.set(["blue"]))
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options)
            try await handle.cancel(reason: "changed mind")
            let scheduled = try await completeTask(of: options.taskQueue, client) {
                .with {
                    $0.commandType = .scheduleActivityTask
                    $0.scheduleActivityTaskCommandAttributes.activityID = "7"
                    $0.scheduleActivityTaskCommandAttributes.activityType.name = "debit"
                    $0.scheduleActivityTaskCommandAttributes.taskQueue.name = options.taskQueue
                    $0.scheduleActivityTaskCommandAttributes.startToCloseTimeout.seconds = 60
                    $0.scheduleActivityTaskCommandAttributes.heartbeatTimeout.seconds = 30
                }
            }
            #expect(scheduled.workflowExecution.workflowID == handle.id)
            let activity = client.activityHandle(workflowID: handle.id, activityID: "7")
            let task = try await pollActivity(options.taskQueue, client)
            try await activity.heartbeat("half")
            let description = try await handle.describe()
            #expect(description.executionTimeout == .seconds(600))
            #expect(description.runTimeout == .seconds(300))
            #expect(description.taskTimeout == .seconds(20))
            #expect(description.isCancelRequested)
            #expect(
                try DataConverter.standard.decode(String.self, from: try #require(description.summary)) == "a payment")
            #expect(try DataConverter.standard.decode(String.self, from: try #require(description.details)) == "of *7*")
            #expect(description.searchAttributes[buildIDs]?.contains("blue") == true)
            #expect(description.firstRunID == handle.startedRunID)
            let pending = try #require(description.pendingActivities.first)
            #expect(pending.activityID == "7")
            #expect(pending.activityType == "debit")
            #expect(pending.state == .started)
            #expect(pending.attempt == 1)
            #expect(pending.lastWorkerIdentity == client.identity)
            #expect(pending.heartbeatDetails == [try DataConverter.standard.payload(encoding: "half")])
            #expect(pending.lastFailure == nil)
            try await client.activityHandle(taskToken: task.taskToken).fail(
                ApplicationFailure("declined", type: "Declined"))
            let retried = try #require(try await handle.describe().pendingActivities.first)
            #expect(retried.attempt == 2)
            #expect((retried.lastFailure as? ApplicationFailure)?.type == "Declined")
        }
    }
}

import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Where features meet", .timeLimit(.minutes(5)))
struct FeatureInteractionTests {
    @Test("A query that blocks while its run waits for a local activity costs the task in hand an attempt, and no more")
    func blockingQuery() async throws {
        let gate = Gate()
        defer { gate.open() }
        let activity = AsyncGate()
        var activities = Activities()
        activities.register(Local.work) { _, _ in
            await activity.pass()
            return "ok"
        }
        let service = ScriptedService()
        try await BlockingQueryWorkflow.$gate.withValue(gate) {
            let worker = Worker.scripted(service, workflows: [BlockingQueryWorkflow.self], activities: activities) {
                // What does not block must stay below it, on a busy machine too.
                $0.deadlockTimeout = .seconds(2)
            }
            try await worker.serve {
                let history = try firstTask("BlockingQueryWorkflow")
                service.deliver(history.polled(token: "first"))
                try await service.wait("the local activity") { activity.entered == 1 }
                var query = history.polled(token: "query")
                query.history.events = []
                query.startedEventID = 0
                query.query.queryType = "block"
                service.deliver(query, to: .sticky)
                let answer = try await service.call(1, of: .respondQueryTaskCompleted)
                #expect(answer.errorMessage.contains("[TMPRL1101]"))
                activity.open()
                try await service.wait("an answer to the task") { service.failedTokens == ["first"] }
            }
        }
    }

    @Test("Errors that are to be encoded are encoded in markers and in the answers to updates too")
    func encodedFailures() async throws {
        var activities = Activities()
        activities.register(Local.work) { _, _ -> String in
            throw ApplicationFailure("SECRET", type: "X", isNonRetryable: true)
        }
        let service = ScriptedService()
        var configuration = WorkerConfiguration(taskQueue: "test")
        configuration.activityGracePeriod = .zero
        let worker = Worker(
            service: service, namespace: "default", identity: "tester", configuration: configuration,
            workflows: [SequentialLocalWorkflow.self, FailingUpdateWorkflow.self], activities: activities,
            converter: DataConverter(failureConverter: .init(encodesAttributes: true)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await worker.serve {
            service.deliver(try firstTask("SequentialLocalWorkflow", input: 1).polled(token: "local"))
            let done = try await service.call(1, of: .respondWorkflowTaskCompleted)
            let marker = try #require(done.commands.first { $0.commandType == .recordMarker })
            #expect(marker.recordMarkerCommandAttributes.failure.message == "Encoded failure")
            let failed = try #require(done.commands.last).failWorkflowExecutionCommandAttributes.failure
            #expect(failed.message == "Encoded failure")
            #expect(!String(describing: failed.cause.message).contains("SECRET"))

            var history = try firstTask("FailingUpdateWorkflow")
            history.taskCompleted()
            history.taskScheduledAndStarted()
            var polled = history.polled(token: "update", runID: "run2", after: 0, previousStarted: 3)
            polled.messages = [try history.updateRequest("u1", "fail", 5)]
            service.deliver(polled)
            let second = try await service.call(2, of: .respondWorkflowTaskCompleted)
            let message = try #require(second.messages.first { $0.id.hasSuffix("complete") })
            let response = try Temporal_Api_Update_V1_Response(unpackingAny: message.body)
            #expect(response.outcome.failure.message == "Encoded failure")
        }
    }

    @Test("A stream that a handler added at run time feeds is no wait for something outside")
    func dynamicHandlers() throws {
        #expect(ScriptedRun(DynamicStreamWorkflow.self).task(try firstTask("DynamicStreamWorkflow")).taskFailure == nil)
        #expect(
            ScriptedRun(SetHandlerStreamWorkflow.self).task(try firstTask("SetHandlerStreamWorkflow")).taskFailure
                == nil)
        #expect(
            ScriptedRun(SetUpdateStreamWorkflow.self).task(try firstTask("SetUpdateStreamWorkflow")).taskFailure == nil)
    }

    @Test("Nothing that is done only to answer a query looks as if it happened now")
    func queryIsReplay() throws {
        let run = ScriptedRun(SleepWorkflow.self)
        var history = try firstTask("SleepWorkflow")
        history.taskCompleted()
        history.timerStarted(1)
        try history.signaled("go", NoValue())
        var polled = history.polled(token: "query", previousStarted: 3)
        polled.startedEventID = 0
        polled.query.queryType = "__stack_trace"
        _ = run.work(on: WorkflowTask(present: polled))
        #expect(!run.activations.isEmpty && run.activations.allSatisfy(\.isReplaying))
    }

    @Test("Two local activities cancelled at once are told as a replay tells them")
    func cancelledTogether() throws {
        var server = try ScriptedHistory(TwoCanceledWorkflow.self)
        #expect(server.begin().started == [1, 2])
        try server.record(server.run.heartbeatDue())
        let timer = server.history.events.first { $0.eventType == .timerStarted }?.eventID ?? 0
        let woken = server.next { $0.timerFired(1, started: timer) }
        let done = woken.completion == nil ? server.run.heartbeatDue() : woken
        try server.record(done)
        let third = server.history.events.first { $0.timerStartedEventAttributes.timerID == "3" }?.eventID ?? 0
        #expect(third > 0)
        let live = server.next { $0.timerFired(3, started: third) }
        let (_, replayed) = server.takeOver()
        #expect(replayed.taskFailure == nil)
        #expect(live.completion?.closesRun == true)
        #expect(replayed.completion?.commands == live.completion?.commands)
    }

    @Test("A failure thrown by a workflow's initialiser fails the workflow")
    func refusedInput() throws {
        let outputs = ScriptedRun(RefusingWorkflow.self).task(try firstTask("RefusingWorkflow"))
        #expect(outputs.taskFailure == nil)
        #expect(outputs.commandTypes == [.failWorkflowExecution])
    }

    @Test("A failure of the workflow that no code made is encoded as well")
    func encodedNondeterminism() throws {
        var history = try firstTask("SequentialLocalWorkflow", input: 1)
        history.taskCompleted()
        history.timerStarted(1)
        history.taskScheduledAndStarted()
        let options = RunOptions(
            failureConverter: .init(encodesAttributes: true), nondeterminismFailsWorkflow: true)
        let commands = ScriptedRun(SequentialLocalWorkflow.self, options: options)
            .replay(history, previousStarted: 3).commands
        let failure = try #require(commands.first).failWorkflowExecutionCommandAttributes.failure
        #expect(failure.message == "Encoded failure" && failure.hasEncodedAttributes)
        #expect(failure.applicationFailureInfo.type == "NondeterminismError")
        let read = FailureConverter().error(from: failure) as? ApplicationFailure
        #expect(read?.message.hasPrefix("[TMPRL1100]") == true)
    }

    @Test("Without a cache, a local activity goes on through any number of tasks of its run, and is run once")
    func outlivesTasks() async throws {
        let gate = AsyncGate()
        let attempts = Mutex<[Int]>([])
        var activities = Activities()
        activities.register(Local.work) { _, context in
            attempts.withLock { $0.append(context.attempt) }
            await gate.pass()
            return "ok"
        }
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [SequentialLocalWorkflow.self], activities: activities) {
            $0.maximumCachedWorkflows = 0
        }
        try await worker.serve {
            var history = try firstTask("SequentialLocalWorkflow", input: 1)
            let timeout = Duration.milliseconds(200)
            history.changeFirst { $0.workflowExecutionStartedEventAttributes.workflowTaskTimeout = .init(timeout) }
            var previous: Int64 = 0
            for number in 1...4 {
                // The last one finds what it waits for still under way.
                if number == 4 {
                    history.changeFirst {
                        $0.workflowExecutionStartedEventAttributes.workflowTaskTimeout = .init(.seconds(60))
                    }
                }
                service.deliver(history.polled(token: "\(number)", previousStarted: previous))
                if number == 4 { break }
                let beat = try await service.call(number, of: .respondWorkflowTaskCompleted)
                #expect(beat.forceCreateNewWorkflowTask && beat.commands.isEmpty)
                try await service.wait("the run to go") { await worker.cache.count == 0 }
                previous = history.lastStartedID
                history.taskCompleted()
                history.taskScheduledAndStarted()
            }
            try await service.wait("the run to be back") { await worker.cache.count == 1 }
            gate.open()
            let done = try await service.call(4, of: .respondWorkflowTaskCompleted)
            #expect(done.commands.map(\.commandType) == [.recordMarker, .completeWorkflowExecution])
            #expect(attempts.withLock { $0 } == [1])
        }
    }

    @Test("Without a cache, a local activity that ends between two tasks of its run is not run again")
    func endsBetweenTasks() async throws {
        let gate = AsyncGate()
        let ended = Mutex(0)
        var activities = Activities()
        activities.register(Local.work) { _, _ in
            await gate.pass()
            ended.withLock { $0 += 1 }
            return "ok"
        }
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [SequentialLocalWorkflow.self], activities: activities) {
            $0.maximumCachedWorkflows = 0
        }
        try await worker.serve {
            var history = try firstTask("SequentialLocalWorkflow", input: 1)
            history.changeFirst { $0.workflowExecutionStartedEventAttributes.workflowTaskTimeout = .init(.seconds(1)) }
            service.deliver(history.polled(token: "first"))
            let beat = try await service.call(1, of: .respondWorkflowTaskCompleted)
            #expect(beat.forceCreateNewWorkflowTask)
            gate.open()
            try await service.wait("the local activity's end") { ended.withLock { $0 } == 1 }
            history.taskCompleted()
            history.taskScheduledAndStarted()
            // No heartbeat may come before it, however slow the machine is.
            history.changeFirst { $0.workflowExecutionStartedEventAttributes.workflowTaskTimeout = .init(.seconds(60)) }
            service.deliver(history.polled(token: "second", previousStarted: 3))
            let done = try await service.call(2, of: .respondWorkflowTaskCompleted)
            #expect(done.commands.contains { $0.commandType == .completeWorkflowExecution })
            #expect(gate.entered == 1)
        }
    }
}

final class BlockingQueryWorkflow: Workflow {
    @TaskLocal static var gate = Gate()

    static var handlers: WorkflowHandlers<BlockingQueryWorkflow> {
        let gate = gate
        return WorkflowHandlers().query(QueryType<NoValue, Int>("block")) { _, _ in
            gate.block()
            return 1
        }
    }

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.executeLocal(Local.work, 1, options: Local.options)
    }
}

final class FailingUpdateWorkflow: Workflow {
    static var handlers: WorkflowHandlers<FailingUpdateWorkflow> {
        WorkflowHandlers().update(UpdateType<Int, Int>("fail")) { _, _, _ in
            throw ApplicationFailure("SECRET", type: "X")
        }
    }
    init(_ input: NoValue) {}
    func run(_ context: WorkflowContext) async throws -> NoValue {
        try await context.wait(until: { false })
        return NoValue()
    }
}

final class DynamicStreamWorkflow: Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<DynamicStreamWorkflow> {
        WorkflowHandlers().dynamicSignal { workflow, _, _, _ in workflow.continuation.yield(1) }
    }
    private let (values, continuation) = AsyncStream.makeStream(of: Int.self)
    init(_ input: NoValue) {}
    func run(_ context: WorkflowContext) async throws -> Int {
        var iterator = values.makeAsyncIterator()
        return await iterator.next() ?? 0
    }
}

final class SetHandlerStreamWorkflow: Workflow, @unchecked Sendable {
    private let (values, continuation) = AsyncStream.makeStream(of: Int.self)
    init(_ input: NoValue) {}
    func run(_ context: WorkflowContext) async throws -> Int {
        context.setSignalHandler(SignalType<Int>("value")) { [continuation] in continuation.yield($0) }
        var iterator = values.makeAsyncIterator()
        return await iterator.next() ?? 0
    }
}

final class SetUpdateStreamWorkflow: Workflow, @unchecked Sendable {
    private let (values, continuation) = AsyncStream.makeStream(of: Int.self)
    init(_ input: NoValue) {}
    func run(_ context: WorkflowContext) async throws -> Int {
        context.setUpdateHandler(UpdateType<Int, Int>("value")) { [continuation] in
            continuation.yield($0)
            return $0
        }
        var iterator = values.makeAsyncIterator()
        return await iterator.next() ?? 0
    }
}

final class RefusingWorkflow: Workflow {
    init(_ input: NoValue) throws { throw ApplicationFailure("bad input", type: "BadInput", isNonRetryable: true) }
    func run(_ context: WorkflowContext) async throws -> NoValue { NoValue() }
}

final class TwoCanceledWorkflow: Workflow, @unchecked Sendable {
    var isFirstCanceled = false
    var notes: [String] = []
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [String] {
        let watcher = Task(executorPreference: context.executor) {
            try await context.wait(until: { self.isFirstCanceled })
            try await context.sleep(for: .seconds(20))
            self.notes.append("watcher")
        }
        _ = watcher
        let both = Task(executorPreference: context.executor) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    do { _ = try await context.executeLocal(Local.work, 1, options: Local.options) } catch {
                        self.isFirstCanceled = true
                        try? await context.shielded { try await context.sleep(for: .seconds(10)) }
                        self.notes.append("first")
                    }
                }
                group.addTask {
                    do { _ = try await context.executeLocal(Local.work, 2, options: Local.options) } catch {
                        try? await context.shielded { try await context.sleep(for: .seconds(30)) }
                        self.notes.append("second")
                    }
                }
                try? await context.sleep(for: .seconds(1))
                group.cancelAll()
            }
        }
        _ = both
        try await context.wait(until: { !self.notes.isEmpty })
        throw ApplicationFailure(notes.joined(separator: ","), type: "Notes")
    }
}

import Foundation
package import Logging
import SwiftProtobuf
import TemporalAPI

/// Drives the code of one run: applies what happened, lets every task go on until it waits, and collects what the code asked for.
///
/// Confined to the thread that drives the run.
final class WorkflowRuntime: WorkflowDriver {
    private let type: AnyWorkflow
    private let namespace: String
    private let taskQueue: String
    private let converter: DataConverter
    private let logger: Logger
    private var context: WorkflowContext?
    private var code: (any WorkflowCode)?
    private var waitsToStart = false

    init(type: AnyWorkflow, namespace: String, taskQueue: String, converter: DataConverter, logger: Logger) {
        self.type = type
        self.namespace = namespace
        self.taskQueue = taskQueue
        self.converter = converter
        self.logger = logger
    }

    func activate(_ activation: Activation) -> CodeOutput {
        let jobs = activation.jobs.enumerated()
            .sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
            .map(\.element)
        if case .query(let query)? = jobs.first { return .answer(answer(query)) }
        do {
            if case .start(let start)? = jobs.first { try prepare(start, runID: activation.runID) }
        } catch {
            return .failed(.unhandled("workflow \(type.name) could not be created: \(error)"))
        }
        guard let context, let code else {
            return .failed(.unhandled("the first activation of a run must start it"))
        }
        context.now = Date(activation.now)
        context.isReplaying = activation.isReplaying
        context.historyLength = activation.historyLength
        context.suggestsContinueAsNew = activation.suggestsContinueAsNew
        context.executor.drive {
            for job in jobs {
                if job.rank >= 5 { startMain(code, context) }
                apply(job, code, context)
            }
            startMain(code, context)
        }
        settle(context)
        if context.executor.sawForeignEnqueue {
            return .failed(.nondeterminism(Self.foreignResumption))
        }
        if let failure = context.taskFailure { return .failed(failure) }
        defer { context.outbox.removeAll() }
        return .commands(context.outbox)
    }

    func tearDown() {
        guard let context else { return }
        context.isTearingDown = true
        // Code may catch the error and wait again: such waits throw at once, so a few rounds end every task that can be ended.
        for _ in 0..<10 {
            let keys = context.operations.ordered(context.operations.allKeys)
            guard !keys.isEmpty else { break }
            context.executor.drive {
                for key in keys { context.resume(key, throwing: RunEvictedError()) }
            }
        }
        context.operations.conditions.removeAll()
        self.context = nil
        code = nil
    }

    private func prepare(_ start: WorkflowStart, runID: String) throws {
        let attributes = start.attributes
        let info = WorkflowInfo(
            workflowID: start.workflowID, runID: runID, workflowType: type.name, namespace: namespace,
            taskQueue: attributes.hasTaskQueue ? attributes.taskQueue.name : taskQueue,
            attempt: Int(attributes.attempt), startTime: Date(start.startTime),
            parentWorkflowID: attributes.hasParentWorkflowExecution
                ? attributes.parentWorkflowExecution.workflowID : nil)
        let seed = attributes.originalExecutionRunID.isEmpty ? runID : attributes.originalExecutionRunID
        context = WorkflowContext(
            info: info, now: info.startTime, randomSeed: seed, converter: converter, logger: logger)
        code = try type.makeCode(attributes.input, converter)
        waitsToStart = true
    }

    private func apply(_ job: Job, _ code: any WorkflowCode, _ context: WorkflowContext) {
        switch job {
        case .start, .query: break
        case .patch(let id): context.patchesInHistory.insert(id)
        case .reseed(let runID): context.random = WorkflowRandom(runID: runID)
        case .signal(let name, let input):
            guard code.signalNames.contains(name) else {
                context.logger.warning("signal without a handler ignored", metadata: ["signal": "\(name)"])
                return
            }
            startRoot(context) { try await code.signal(name, input, context) }
        case .cancelWorkflow:
            context.isCancelRequested = true
            for (_, task) in context.rootTasks.sorted(by: { $0.key < $1.key }) { task.cancel() }
        case .resolveTimer(let sequence): context.resolveTimer(sequence)
        case .resolveActivity(let sequence, let result):
            context.resume(.init(.activity, sequence), returning: .result(result))
        case .resolveChildStart(let sequence, let result):
            if case .failure(let error) = result {
                context.resume(.init(.child, sequence), returning: .result(.failed(error.failure)))
            }
        case .resolveChild(let sequence, let result):
            context.resume(.init(.child, sequence), returning: .result(result))
        }
    }

    /// Handlers of signals that came with the first task start before the workflow itself.
    private func startMain(_ code: any WorkflowCode, _ context: WorkflowContext) {
        guard waitsToStart else { return }
        waitsToStart = false
        startRoot(context) {
            let result = try await code.run(context)
            context.outbox.append(.close(.complete(result)))
        }
    }

    private func startRoot(_ context: WorkflowContext, _ body: @escaping @Sendable () async throws -> Void) {
        context.startedRootTasks += 1
        let number = context.startedRootTasks
        context.rootTasks[number] = context.executor.start {
            await Self.runRoot(context, body)
            context.rootTasks[number] = nil
        }
    }

    private static func runRoot(_ context: WorkflowContext, _ body: @Sendable () async throws -> Void) async {
        do {
            try await body()
        } catch {
            end(context, error)
        }
    }

    private static func end(_ context: WorkflowContext, _ error: any Error) {
        guard !context.isTearingDown, !(error is RunEvictedError) else { return }
        if error.isCancellation, context.isCancelRequested {
            context.outbox.append(.close(.cancel))
        } else if error is any TemporalFailure || error is CancellationError {
            context.outbox.append(.close(.fail(FailureConverter().failure(from: error))))
        } else if context.taskFailure == nil {
            context.taskFailure = .unhandled(error)
        }
    }

    /// Lets cancellations and conditions take effect, one at a time, until nothing moves any more.
    private func settle(_ context: WorkflowContext) {
        var moved = true
        while moved {
            moved = false
            context.executor.drive {
                moved = context.processCancelRequests() || context.resumeFirstTrueCondition()
            }
        }
    }

    private func answer(_ query: WorkflowQuery) -> QueryAnswer {
        do {
            guard let code, let context else {
                throw ApplicationFailure("the workflow has not started yet", type: "QueryTooEarly")
            }
            return QueryAnswer(
                query: query,
                result: .success(try context.readOnly { try code.query(query.type, query.input, converter) }))
        } catch {
            let failure = FailureConverter().failure(from: error)
            return QueryAnswer(query: query, result: .failure(FailureError(failure: failure)))
        }
    }

    private static let foreignResumption = """
        workflow code was resumed from outside its own executor. It waits for something that history does not record: \
        Task {}, Task.sleep, a main-actor call, a lock or I/O. Use WorkflowContext instead.
        """
}

/// The code of one run, to be driven by whoever holds the run's state: a worker, or a test.
package func makeWorkflowDriver<Definition: Workflow>(
    _ type: Definition.Type, namespace: String, taskQueue: String, converter: DataConverter = .standard, logger: Logger
) -> any WorkflowDriver {
    WorkflowRuntime(
        type: AnyWorkflow(type), namespace: namespace, taskQueue: taskQueue, converter: converter, logger: logger)
}

extension Date {
    init(_ timestamp: Google_Protobuf_Timestamp) {
        self.init(timeIntervalSince1970: Double(timestamp.seconds) + Double(timestamp.nanos) / 1_000_000_000)
    }
}

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
    private let interceptors: [any WorkerInterceptor]
    private let logger: Logger
    private var context: WorkflowContext?
    private var code: (any WorkflowCode)?
    private var waitsToStart = false
    private let isStrict: Bool

    init(
        type: AnyWorkflow, namespace: String, taskQueue: String, converter: DataConverter,
        interceptors: [any WorkerInterceptor] = [], logger: Logger, isStrict: Bool = WorkflowStrictness.isDefault
    ) {
        self.type = type
        self.interceptors = interceptors
        self.namespace = namespace
        self.taskQueue = taskQueue
        self.converter = converter
        self.logger = logger
        self.isStrict = isStrict
    }

    func activate(_ activation: Activation) -> CodeOutput {
        let jobs = activation.jobs.enumerated()
            .sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
            .map(\.element)
        if let query = activation.query { return .answer(answer(query)) }
        do {
            if case .start(let start)? = jobs.first { try prepare(start, runID: activation.runID) }
        } catch {
            if let context, context.failsWorkflow(error) {
                return .commands([.close(.fail(converter.failureConverter.failure(from: error)))])
            }
            return .failed(.unhandled("workflow \(type.name) could not be created: \(error)"))
        }
        guard let context, let code else {
            return .failed(.unhandled("the first activation of a run must start it"))
        }
        context.now = Date(activation.now)
        context.isReplaying = activation.isReplaying
        context.historyLength = activation.historyLength
        context.historySizeBytes = activation.historySizeBytes
        context.suggestsContinueAsNew = activation.suggestsContinueAsNew
        context.continueAsNewReasons = activation.continueAsNewReasons
        context.buildID = activation.buildID
        context.executor.drive {
            for job in jobs {
                if job.rank >= 5 { startMain(code, context) }
                apply(job, code, context)
            }
            startMain(code, context)
        }
        settle(context)
        startHeldUpdates(code, context)
        context.warnOfUnfinishedHandlers()
        if let failure = outsideFailure(context, code) { return .failed(failure) }
        if let failure = context.taskFailure { return .failed(failure) }
        defer { context.outbox.removeAll() }
        return .commands(context.outbox)
    }

    private func prepare(_ start: WorkflowStart, runID: String) throws {
        let info = WorkflowInfo(start, runID: runID, type: type.name, namespace: namespace, taskQueue: taskQueue)
        context = WorkflowContext(
            info: info, input: start.attributes.input, converter: converter, interceptors: interceptors,
            failureTypes: type.failureTypes, logger: logger)
        if isStrict { context?.executor.beStrict() }
        code = try type.makeCode(start.attributes.input, converter)
        waitsToStart = true
    }

    private func apply(_ job: Job, _ code: any WorkflowCode, _ context: WorkflowContext) {
        switch job {
        case .start, .query: break
        case .patch(let id): context.patchesInHistory.insert(id)
        case .reseed(let runID): context.random = WorkflowRandom(runID: runID)
        case .signal(let signal): deliver(signal, code, context)
        case .update(let update): if !start(update, code, context) { context.heldUpdates.append(update) }
        case .cancelWorkflow(let reason):
            context.isCancelRequested = true
            context.cancelReason = reason
            for (_, task) in context.rootTasks.sorted(by: { $0.key < $1.key }) { task.cancel() }
        case .resolveTimer(let sequence): context.resolveTimer(sequence)
        case .resolveActivity(let sequence, let result):
            context.resume(.init(.activity, sequence), returning: .result(result))
        case .resolveLocalActivity(let sequence, .ended(let result)):
            context.resume(.init(.activity, sequence), returning: .result(result))
        case .resolveLocalActivity(let sequence, .backoff(let backoff)):
            context.resume(.init(.activity, sequence), returning: .backoff(backoff))
        case .resolveChildStart(let sequence, let start): context.resolveChildStart(sequence, start)
        case .resolveChild(let sequence, let result): context.resolveChild(sequence, result)
        case .resolveSignalExternal(let sequence, let failure):
            context.resolve(.init(.signalExternal, sequence), failure)
        case .resolveCancelExternal(let sequence, let failure):
            context.resolve(.init(.cancelExternal, sequence), failure)
        }
    }

    /// Starts the handler of a signal; one that has none waits until the code adds it.
    private func deliver(_ signal: WorkflowSignal, _ code: any WorkflowCode, _ context: WorkflowContext) {
        let name = signal.name
        let own = context.handlers.signals[name]
        let execution = HandlerExecution(
            kind: .signal, name: name, unfinishedPolicy: code.unfinishedPolicy(ofSignal: name),
            group: .signal(eventID: signal.eventID))
        if let handler = own == nil ? code.signal(name) : nil {
            Self.startRoot(context, execution) { try await context.handle(signal, by: handler) }
        } else if let handler = own ?? context.handlers.anySignal {
            Self.startRoot(context, execution) {
                try await context.handle(signal) { name, input, _ in try await handler(name, input) }
            }
        } else if let handler = code.dynamicSignal {
            Self.startRoot(context, execution) { try await context.handle(signal, by: handler) }
        } else {
            context.handlers.waitingSignals.append(signal)
        }
    }

    /// Handlers of signals that came with the first task start before the workflow itself.
    private func startMain(_ code: any WorkflowCode, _ context: WorkflowContext) {
        guard waitsToStart else { return }
        waitsToStart = false
        Self.startRoot(context) {
            let result = try await context.execute(code)
            context.outbox.append(.close(.complete(result)))
        }
    }

    static func startRoot(
        _ context: WorkflowContext, _ execution: HandlerExecution? = nil,
        _ body: @escaping @Sendable () async throws -> Void
    ) {
        context.startedRootTasks += 1
        let number = context.startedRootTasks
        context.handlerExecutions[number] = execution
        context.rootTasks[number] = context.executor.start {
            await runRoot(context, execution?.group, body)
            context.rootTasks[number] = nil
            context.handlerExecutions[number] = nil
        }
    }

    private static func runRoot(
        _ context: WorkflowContext, _ group: EventGroup?, _ body: @Sendable () async throws -> Void
    ) async {
        await EventGroup.$current.withValue(group) {
            do {
                try await body()
            } catch {
                end(context, error)
            }
        }
    }

    private static func end(_ context: WorkflowContext, _ error: any Error) {
        guard !context.isTearingDown, !(error is RunEvictedError) else { return }
        if let successor = error as? ContinueAsNew {
            do {
                context.ask(.close(.continueAsNew(try successor.attributes(in: context))))
            } catch {
                context.taskFailure = .unhandled("the run can't be continued: \(error)")
            }
        } else if error.isCancellation, context.isCancelRequested {
            context.outbox.append(.close(.cancel))
        } else if context.failsWorkflow(error) {
            context.outbox.append(.close(.fail(context.converter.failureConverter.failure(from: error))))
        } else if context.taskFailure == nil {
            context.taskFailure = .unhandled(error)
        }
    }

    /// Lets cancellations and conditions take effect, one at a time, until nothing moves any more.
    func settle(_ context: WorkflowContext) {
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
            let wasReplaying = context.isReplaying
            context.isReplaying = true
            defer { context.isReplaying = wasReplaying }
            return QueryAnswer(
                query: query,
                result: .success(try context.readOnly { try Self.answer(query, code, context) }))
        } catch {
            let violation = error as? ReadOnlyViolation
            let failure = converter.failureConverter.failure(
                from: violation.map { ApplicationFailure($0.queryFailure, type: "QueryChangedWorkflow") } ?? error)
            return QueryAnswer(
                query: query, result: .failure(FailureError(failure: failure)), breaksRun: violation == .resumed)
        }
    }

    var hasTasks: Bool { context?.rootTasks.isEmpty == false }

    /// - Returns: the number of tasks that could not be ended.
    func tearDown() -> Int {
        let left = context?.tearDown() ?? 0
        let remains = isStrict && left == 0 ? RunRemains(context, code) : nil
        context = nil
        code = nil
        if remains?.stay == true {
            logger.warning(
                """
                a run of workflow \(type.name) stays in memory for good: it keeps something, such as a closure, that refers to it or to its \
                context; let that capture [unowned self]
                """)
        }
        return left
    }

    /// What the code did that no replay can repeat.
    private func outsideFailure(_ context: WorkflowContext, _ code: any WorkflowCode) -> WorkflowTaskFailure? {
        if let violation = context.executor.violation {
            return .outside("workflow code used \(violation.what)", stack: violation.stack)
        }
        if context.executor.sawForeignEnqueue {
            return .outside("workflow code was resumed from outside its own executor", stack: [])
        }
        // Something that a signal or an update may still bring about is no mistake.
        guard isStrict, code.signalNames.isEmpty, code.updateNames.isEmpty, code.dynamicSignal == nil,
            !context.handlers.takesMessages, context.taskFailure == nil, context.isWaitingOutside
        else { return nil }
        return .outside("workflow code waits for something that nothing in its history can bring about", stack: [])
    }
}

extension WorkflowTaskFailure {
    fileprivate static func outside(_ what: String, stack: [String]) -> WorkflowTaskFailure {
        let advice = """
            \(what). It does or waits for something that history does not record: Task {}, Task.detached, Task.sleep, a main-actor \
            call, a continuation, a lock or I/O. Use WorkflowContext instead.
            """
        return .nondeterminism(([advice] + stack).joined(separator: "\n"))
    }
}

/// The code of one run, to be driven by whoever holds the run's state: a worker, or a test.
package func makeWorkflowDriver<Definition: Workflow>(
    _ type: Definition.Type, namespace: String, taskQueue: String, converter: DataConverter = .standard,
    interceptors: [any WorkerInterceptor] = [], logger: Logger, isStrict: Bool = WorkflowStrictness.isDefault
) -> any WorkflowDriver {
    WorkflowRuntime(
        type: AnyWorkflow(type), namespace: namespace, taskQueue: taskQueue, converter: converter,
        interceptors: interceptors, logger: logger, isStrict: isStrict)
}

extension Date {
    init(_ timestamp: Google_Protobuf_Timestamp) {
        self.init(timeIntervalSince1970: Double(timestamp.seconds) + Double(timestamp.nanos) / 1_000_000_000)
    }
}

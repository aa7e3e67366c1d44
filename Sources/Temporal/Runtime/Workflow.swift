import Logging
public import TemporalAPI

/// Durable code: an instance is created for each run, and created anew from history whenever a worker has to pick the run up.
///
/// The code must be deterministic: given the same history it must ask for the same things in the same order. So it takes time, random
/// values and everything from outside through ``WorkflowContext`` alone. Concurrency with `async let` and task groups is fine; `Task {}`,
/// `Task.sleep`, locks, actors of other executors and I/O are not.
///
/// All code of one run — `run`, the handlers of signals, queries and updates, and their child tasks — is driven by one thread at a time, and switches
/// between tasks only where one waits.
public protocol Workflow: AnyObject, SendableMetatype {
    /// What the workflow is started with; ``NoValue`` for nothing, ``Arguments`` for several values.
    associatedtype Input: Codable & Sendable
    /// What the workflow returns; ``NoValue`` for nothing.
    associatedtype Output: Codable & Sendable

    /// The name clients start this workflow by; the Swift type's name unless given.
    static var workflowType: String { get }

    /// What signals, queries and updates do; none unless given.
    static var handlers: WorkflowHandlers<Self> { get }

    /// Errors that fail the workflow when its code throws them, besides every ``TemporalFailure``; none unless given.
    /// ``NondeterminismError`` stands for code that does not fit the history of its run.
    static var failureErrorTypes: [any Error.Type] { get }

    /// Makes the object that is the run's state, at the run's start and at each replay.
    /// - Throws: a ``TemporalFailure`` fails the workflow, as one from ``run(_:)`` does; any other error fails the workflow task.
    init(_ input: Input) throws

    /// The workflow itself. What it returns is the workflow's result; a ``TemporalFailure`` it throws fails the workflow, and
    /// ``ContinueAsNew`` goes on as a new run; any other error fails only the workflow task, which the server tries again, so that a bug can be mended under running workflows.
    func run(_ context: WorkflowContext) async throws -> Output
}

extension Workflow {
    public static var workflowType: String { String(describing: Self.self) }
    public static var handlers: WorkflowHandlers<Self> { .init() }
    public static var failureErrorTypes: [any Error.Type] { [] }
}

/// Never thrown: listed among the errors that fail a workflow, it makes that of code that does not fit the history of its run. Otherwise
/// that fails the workflow task, until a worker with fitting code takes it.
public struct NondeterminismError: Error {}

/// The name of a signal and the type of its value.
public struct SignalType<Input: Codable & Sendable>: Sendable {
    /// What clients send the signal by.
    public let name: String

    /// Names a signal; nothing is registered by that.
    public init(_ name: String) { self.name = name }
}

/// The name of a query and the types of its argument and answer.
public struct QueryType<Input: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    /// What clients ask the query by.
    public let name: String

    /// Names a query; nothing is registered by that.
    public init(_ name: String) { self.name = name }
}

/// The name of an activity and the types of its input and result. Workflows know activities by this value; workers register what they do.
public struct ActivityType<Input: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    /// What workflows ask for the activity by, and workers register it under.
    public let name: String

    /// Names an activity; nothing is registered by that.
    public init(_ name: String) { self.name = name }
}

/// The signals, queries and updates a workflow answers.
public struct WorkflowHandlers<Definition: Workflow>: Sendable {
    typealias Signal = @Sendable (Definition, String, Payloads, WorkflowContext) async throws -> Void
    typealias Query = @Sendable (Definition, String, Payloads, DataConverter) throws -> Payload
    typealias Update = @Sendable (TypedWorkflowCode<Definition>) -> UpdateHandler

    private(set) var signals: [String: Signal] = [:]
    private(set) var dynamicSignal: Signal?
    private(set) var queries: [String: Query] = [:]
    private(set) var dynamicQuery: Query?
    private(set) var unfinishedPolicies: [String: HandlerUnfinishedPolicy] = [:]
    var updates: [String: Update] = [:]

    /// Answers nothing yet.
    public init() {}

    /// Adds a signal handler. Handlers start in the order in which the signals arrived, before `run` goes on; one that waits lets the
    /// others go on.
    /// - Parameter unfinishedPolicy: What to do if the run ends while the handler still waits.
    public func signal<Input>(
        _ type: SignalType<Input>, unfinishedPolicy: HandlerUnfinishedPolicy = .warnAndAbandon,
        _ handler: @escaping @Sendable (Definition, Input, WorkflowContext) async throws -> Void
    ) -> Self {
        var copy = self
        copy.unfinishedPolicies[type.name] = unfinishedPolicy
        copy.signals[type.name] = { definition, name, payloads, context in
            guard let input = context.decodeSignal(Input.self, name, payloads) else { return }
            try await handler(definition, input, context)
        }
        return copy
    }

    /// Adds a handler of all signals that have none of their own.
    public func dynamicSignal(
        _ handler: @escaping @Sendable (Definition, String, Payloads, WorkflowContext) async throws -> Void
    ) -> Self {
        var copy = self
        copy.dynamicSignal = handler
        return copy
    }

    /// Adds a handler of all queries that have none of their own. It must neither change the workflow's state nor wait.
    public func dynamicQuery(
        _ handler: @escaping @Sendable (Definition, String, Payloads) throws -> Payload
    ) -> Self {
        var copy = self
        copy.dynamicQuery = { definition, name, payloads, _ in try handler(definition, name, payloads) }
        return copy
    }

    /// Adds a query handler. It must neither change the workflow's state nor wait.
    public func query<Input, Output>(
        _ type: QueryType<Input, Output>, _ handler: @escaping @Sendable (Definition, Input) throws -> Output
    ) -> Self {
        var copy = self
        copy.queries[type.name] = { definition, _, payloads, converter in
            try converter.payload(encoding: handler(definition, converter.decode(Input.self, from: payloads)))
        }
        return copy
    }
}

/// A workflow type with its Swift types erased, as the worker keeps it.
struct AnyWorkflow: Sendable {
    let name: String
    /// Errors that fail the workflow.
    let failureTypes: [any Error.Type]
    let makeCode: @Sendable (Payloads, DataConverter) throws -> any WorkflowCode

    /// - Parameter failureTypes: errors that fail workflows of every type.
    init<Definition: Workflow>(_ type: Definition.Type, failureTypes: [any Error.Type] = []) {
        name = Definition.workflowType
        self.failureTypes = failureTypes + Definition.failureErrorTypes
        let handlers = Definition.handlers
        makeCode = { payloads, converter in
            let input = try converter.decode(Definition.Input.self, from: payloads)
            return TypedWorkflowCode(definition: try Definition(input), handlers: handlers)
        }
    }
}

extension AnyWorkflow {
    var nondeterminismFailsWorkflow: Bool { failureTypes.contains { $0 == NondeterminismError.self } }
}

/// One instance of a workflow's code, with its types erased.
///
/// Sendable because every task that holds it runs on the run's executor, which one thread drives at a time.
protocol WorkflowCode: AnyObject, Sendable {
    /// What the user wrote.
    var instance: AnyObject { get }
    var signalNames: [String] { get }
    var queryNames: [String] { get }
    var updateNames: [String] { get }
    func unfinishedPolicy(ofSignal name: String) -> HandlerUnfinishedPolicy
    func run(_ context: WorkflowContext) async throws -> Payloads
    func signal(_ name: String) -> SignalHandler?
    var dynamicSignal: SignalHandler? { get }
    func query(_ name: String, _ converter: DataConverter) -> DynamicHandlers.Query?
    var dynamicQuery: DynamicHandlers.Query? { get }
    func updateHandler(_ name: String) -> UpdateHandler?
}

typealias SignalHandler = @Sendable (String, Payloads, WorkflowContext) async throws -> Void

/// `@unchecked` for the reason given at ``WorkflowCode``: the definition is touched only by tasks on the run's executor, and by
/// queries on the thread that drives it.
final class TypedWorkflowCode<Definition: Workflow>: WorkflowCode, @unchecked Sendable {
    let definition: Definition
    private let handlers: WorkflowHandlers<Definition>

    init(definition: Definition, handlers: WorkflowHandlers<Definition>) {
        self.definition = definition
        self.handlers = handlers
    }

    var instance: AnyObject { definition }
    var signalNames: [String] { handlers.signals.keys.sorted() }
    var queryNames: [String] { handlers.queries.keys.sorted() }
    var updateNames: [String] { handlers.updates.keys.sorted() }

    func unfinishedPolicy(ofSignal name: String) -> HandlerUnfinishedPolicy {
        handlers.unfinishedPolicies[name] ?? .warnAndAbandon
    }

    func run(_ context: WorkflowContext) async throws -> Payloads {
        try context.converter.payloads(encoding: await definition.run(context))
    }

    func signal(_ name: String) -> SignalHandler? { bound(handlers.signals[name]) }
    var dynamicSignal: SignalHandler? { bound(handlers.dynamicSignal) }

    func query(_ name: String, _ converter: DataConverter) -> DynamicHandlers.Query? {
        bound(handlers.queries[name], converter)
    }

    var dynamicQuery: DynamicHandlers.Query? { bound(handlers.dynamicQuery, .standard) }

    private func bound(_ handler: WorkflowHandlers<Definition>.Signal?) -> SignalHandler? {
        guard let handler else { return nil }
        return { [self] name, input, context in try await handler(definition, name, input, context) }
    }

    private func bound(
        _ handler: WorkflowHandlers<Definition>.Query?, _ converter: DataConverter
    ) -> DynamicHandlers.Query? {
        guard let handler else { return nil }
        return { [self] name, input in try handler(definition, name, input, converter) }
    }

    func updateHandler(_ name: String) -> UpdateHandler? { handlers.updates[name]?(self) }
}

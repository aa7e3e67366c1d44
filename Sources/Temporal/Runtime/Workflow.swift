import Logging
import TemporalAPI

/// Durable code: an instance is created for each run, and created anew from history whenever a worker has to pick the run up.
///
/// The code must be deterministic: given the same history it must ask for the same things in the same order. So it takes time, random
/// values and everything from outside through ``WorkflowContext`` alone. Concurrency with `async let` and task groups is fine; `Task {}`,
/// `Task.sleep`, locks, actors of other executors and I/O are not.
///
/// All code of one run — `run`, the handlers of signals, queries and updates, and their child tasks — is driven by one thread at a time, and switches
/// between tasks only where one waits.
public protocol Workflow: AnyObject, SendableMetatype {
    associatedtype Input: Codable & Sendable
    associatedtype Output: Codable & Sendable

    /// The name clients start this workflow by; the Swift type's name unless given.
    static var workflowType: String { get }

    /// What signals, queries and updates do; none unless given.
    static var handlers: WorkflowHandlers<Self> { get }

    init(_ input: Input) throws

    /// The workflow itself. What it returns is the workflow's result; a ``TemporalFailure`` it throws fails the workflow; any other
    /// error fails only the workflow task, which the server tries again, so that a bug can be mended under running workflows.
    func run(_ context: WorkflowContext) async throws -> Output
}

extension Workflow {
    public static var workflowType: String { String(describing: Self.self) }
    public static var handlers: WorkflowHandlers<Self> { .init() }
}

/// The name of a signal and the type of its value.
public struct SignalType<Input: Codable & Sendable>: Sendable {
    public let name: String

    public init(_ name: String) { self.name = name }
}

/// The name of a query and the types of its argument and answer.
public struct QueryType<Input: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    public let name: String

    public init(_ name: String) { self.name = name }
}

/// The name of an activity and the types of its input and result. Workflows know activities by this value; workers register what they do.
public struct ActivityType<Input: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    public let name: String

    public init(_ name: String) { self.name = name }
}

/// The signals, queries and updates a workflow answers.
public struct WorkflowHandlers<Definition: Workflow>: Sendable {
    typealias Signal = @Sendable (Definition, Payloads, WorkflowContext) async throws -> Void
    typealias Query = @Sendable (Definition, Payloads, DataConverter) throws -> Payload
    typealias Update = @Sendable (TypedWorkflowCode<Definition>) -> UpdateHandler

    private(set) var signals: [String: Signal] = [:]
    private(set) var queries: [String: Query] = [:]
    private(set) var unfinishedPolicies: [String: HandlerUnfinishedPolicy] = [:]
    var updates: [String: Update] = [:]

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
        copy.signals[type.name] = { definition, payloads, context in
            let input: Input
            do {
                input = try context.converter.decode(Input.self, from: payloads)
            } catch {
                // A signal nobody can read would fail every task of the run for ever; it is dropped, and said so.
                context.logger.error("signal dropped: \(error)", metadata: ["signal": "\(type.name)"])
                return
            }
            try await handler(definition, input, context)
        }
        return copy
    }

    /// Adds a query handler. It must neither change the workflow's state nor wait.
    public func query<Input, Output>(
        _ type: QueryType<Input, Output>, _ handler: @escaping @Sendable (Definition, Input) throws -> Output
    ) -> Self {
        var copy = self
        copy.queries[type.name] = { definition, payloads, converter in
            try converter.payload(encoding: handler(definition, converter.decode(Input.self, from: payloads)))
        }
        return copy
    }
}

/// A workflow type with its Swift types erased, as the worker keeps it.
struct AnyWorkflow: Sendable {
    let name: String
    let makeCode: @Sendable (Payloads, DataConverter) throws -> any WorkflowCode

    init<Definition: Workflow>(_ type: Definition.Type) {
        name = Definition.workflowType
        let handlers = Definition.handlers
        makeCode = { payloads, converter in
            let input = try converter.decode(Definition.Input.self, from: payloads)
            return TypedWorkflowCode(definition: try Definition(input), handlers: handlers)
        }
    }
}

/// One instance of a workflow's code, with its types erased.
///
/// Sendable because every task that holds it runs on the run's executor, which one thread drives at a time.
protocol WorkflowCode: AnyObject, Sendable {
    var signalNames: [String] { get }
    var queryNames: [String] { get }
    var updateNames: [String] { get }
    func unfinishedPolicy(ofSignal name: String) -> HandlerUnfinishedPolicy
    func run(_ context: WorkflowContext) async throws -> Payloads
    func signal(_ name: String, _ input: Payloads, _ context: WorkflowContext) async throws
    func query(_ name: String, _ input: Payloads, _ converter: DataConverter) throws -> Payload
    func updateHandler(_ name: String) -> UpdateHandler?
}

/// `@unchecked` for the reason given at ``WorkflowCode``: the definition is touched only by tasks on the run's executor, and by
/// queries on the thread that drives it.
final class TypedWorkflowCode<Definition: Workflow>: WorkflowCode, @unchecked Sendable {
    let definition: Definition
    private let handlers: WorkflowHandlers<Definition>

    init(definition: Definition, handlers: WorkflowHandlers<Definition>) {
        self.definition = definition
        self.handlers = handlers
    }

    var signalNames: [String] { handlers.signals.keys.sorted() }
    var queryNames: [String] { handlers.queries.keys.sorted() }
    var updateNames: [String] { handlers.updates.keys.sorted() }

    func unfinishedPolicy(ofSignal name: String) -> HandlerUnfinishedPolicy {
        handlers.unfinishedPolicies[name] ?? .warnAndAbandon
    }

    func run(_ context: WorkflowContext) async throws -> Payloads {
        try context.converter.payloads(encoding: await definition.run(context))
    }

    func signal(_ name: String, _ input: Payloads, _ context: WorkflowContext) async throws {
        try await handlers.signals[name]?(definition, input, context)
    }

    func query(_ name: String, _ input: Payloads, _ converter: DataConverter) throws -> Payload {
        guard let query = handlers.queries[name] else {
            throw ApplicationFailure(
                "no query \"\(name)\" here; known are \(queryNames.joined(separator: ", "))", type: "UnknownQuery")
        }
        return try query(definition, input, converter)
    }

    func updateHandler(_ name: String) -> UpdateHandler? { handlers.updates[name]?(self) }
}

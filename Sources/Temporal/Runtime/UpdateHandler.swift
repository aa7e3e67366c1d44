import Logging
import TemporalAPI

/// The name of an update and the types of its argument and result. An update asks a running workflow to change, and hears what came of it.
public struct UpdateType<Input: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    public let name: String

    public init(_ name: String) { self.name = name }
}

/// What to do when a run ends while a handler of a signal or an update has not.
public enum HandlerUnfinishedPolicy: Sendable, Hashable {
    /// Log a warning: work may have been cut short, and whoever sent an update gets an error.
    case warnAndAbandon
    /// Say nothing: nobody minds.
    case abandon
}

/// Which update a handler is at work on.
public struct UpdateInfo: Sendable, Hashable {
    /// Chosen by the client; the same for each repetition of a request.
    public let id: String
    public let name: String

    @TaskLocal static var current: UpdateInfo?
}

extension WorkflowHandlers {
    /// Adds an update handler. Handlers of updates and signals start in the order in which those arrived, before `run` goes on; one that
    /// waits lets the others go on.
    ///
    /// A ``TemporalFailure`` it throws fails the update, not the workflow; any other error fails the workflow task.
    /// - Parameters:
    ///   - unfinishedPolicy: What to do if the run ends while the handler still waits.
    ///   - validator: Refuses an update by throwing, before anything of it is recorded; whatever it throws becomes the caller's error. It
    ///     must neither change the workflow's state nor ask for anything, and it isn't run on replay.
    public func update<Input, Output>(
        _ type: UpdateType<Input, Output>, unfinishedPolicy: HandlerUnfinishedPolicy = .warnAndAbandon,
        validator: (@Sendable (Definition, Input) throws -> Void)? = nil,
        _ handler: @escaping @Sendable (Definition, Input, WorkflowContext) async throws -> Output
    ) -> Self {
        var copy = self
        copy.updates[type.name] = DefinedUpdate(unfinishedPolicy: unfinishedPolicy) {
            definition, payloads, converter, validates in
            // The validator's own copy may hold references that it changes.
            if validates, let validator { try validator(definition, converter.decode(Input.self, from: payloads)) }
            let input = try converter.decode(Input.self, from: payloads)
            return { definition, context in
                try context.converter.payload(encoding: await handler(definition, input, context))
            }
        }
        return copy
    }
}

extension WorkflowContext {
    /// Adds an update handler to this run, in place of one of the same name. Updates of a name nobody handles are refused at the end of
    /// the workflow task they came with, so a handler added by then gets them.
    /// - Parameters:
    ///   - unfinishedPolicy: What to do if the run ends while the handler still waits.
    ///   - validator: Refuses an update by throwing, see ``WorkflowHandlers/update(_:unfinishedPolicy:validator:_:)``.
    public func handle<Input, Output>(
        _ type: UpdateType<Input, Output>, unfinishedPolicy: HandlerUnfinishedPolicy = .warnAndAbandon,
        validator: (@Sendable (Input) throws -> Void)? = nil,
        _ handler: @escaping @Sendable (Input) async throws -> Output
    ) {
        updateHandlers[type.name] = UpdateHandler(unfinishedPolicy: unfinishedPolicy) {
            payloads, converter, validates in
            if validates, let validator { try validator(converter.decode(Input.self, from: payloads)) }
            let input = try converter.decode(Input.self, from: payloads)
            return { context in try context.converter.payload(encoding: await handler(input)) }
        }
    }

    /// The update whose handler or validator is at work; nil in other code.
    public var currentUpdate: UpdateInfo? { UpdateInfo.current }

    /// True when no handler of a signal or an update is at work. Wait for it before the workflow ends, so that none is cut short.
    public var allHandlersFinished: Bool { handlers.isEmpty }

    /// To be called when the code has said what it wants: says which handlers an end of the run cuts short.
    func warnOfUnfinishedHandlers() {
        let isEnding = outbox.contains { if case .close = $0 { true } else { false } }
        guard isEnding else { return }
        for (_, handler) in handlers.sorted(by: { $0.key < $1.key }) where handler.unfinishedPolicy == .warnAndAbandon {
            logger.warning(
                """
                [TMPRL1102] the workflow ends while a handler is still at work: what it does is cut short, and who sent an update gets \
                an error. Wait for allHandlersFinished, or give the handler the policy .abandon
                """,
                metadata: ["handler": "\(handler.kind) \(handler.name)", "update_id": "\(handler.updateID ?? "")"])
        }
    }
}

/// A handler at work.
struct HandlerExecution {
    enum Kind { case signal, update }

    var kind: Kind
    var name: String
    var updateID: String?
    var unfinishedPolicy: HandlerUnfinishedPolicy
}

/// What does an update in one run.
struct UpdateHandler: Sendable {
    typealias Body = @Sendable (WorkflowContext) async throws -> Payload

    var unfinishedPolicy: HandlerUnfinishedPolicy
    /// Decodes the argument and, if asked to, has it validated. An error refuses the update.
    var prepare: @Sendable (_ input: Payloads, _ converter: DataConverter, _ validates: Bool) throws -> Body
}

/// What does an update in every run of a workflow type.
struct DefinedUpdate<Definition: Workflow>: Sendable {
    typealias Body = @Sendable (Definition, WorkflowContext) async throws -> Payload

    var unfinishedPolicy: HandlerUnfinishedPolicy
    var prepare: @Sendable (Definition, _ input: Payloads, DataConverter, _ validates: Bool) throws -> Body
}

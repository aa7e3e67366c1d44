import TemporalAPI

/// The name of an update and the types of its argument and result. An update asks a running workflow to change, and hears what came of it.
public struct UpdateType<Input: Codable & Sendable, Output: Codable & Sendable>: Sendable {
    /// What clients call the update by.
    public let name: String

    /// Names an update; nothing is registered by that.
    public init(_ name: String) { self.name = name }
}

/// Which update a handler is at work on.
public struct UpdateInfo: Sendable, Hashable {
    /// Chosen by the client; the same for each repetition of a request.
    public let id: String
    /// The update's name.
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
        copy.updates[type.name] = { code in
            UpdateHandler(
                unfinishedPolicy: unfinishedPolicy,
                validator: validator.map { validator in { try validator(code.definition, $0) } }
            ) { (input: Input, context) in
                try await handler(code.definition, input, context)
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
    public func setUpdateHandler<Input, Output>(
        _ type: UpdateType<Input, Output>, unfinishedPolicy: HandlerUnfinishedPolicy = .warnAndAbandon,
        validator: (@Sendable (Input) throws -> Void)? = nil,
        _ handler: @escaping @Sendable (Input) async throws -> Output
    ) {
        guard mayWrite() else { return }
        handlers.updates[type.name] = UpdateHandler(unfinishedPolicy: unfinishedPolicy, validator: validator) {
            input, _ in
            try await handler(input)
        }
    }

    /// The update whose handler or validator is at work; nil in other code.
    public var currentUpdate: UpdateInfo? { UpdateInfo.current }
}

/// What does an update in one run.
struct UpdateHandler: Sendable {
    typealias Body = @Sendable (WorkflowContext) async throws -> Payload

    let unfinishedPolicy: HandlerUnfinishedPolicy
    /// Decodes the argument and, if asked to, has it validated. An error refuses the update.
    let prepare: @Sendable (_ input: Payloads, _ converter: DataConverter, _ validates: Bool) throws -> Body

    init<Input: Codable & Sendable, Output: Codable & Sendable>(
        unfinishedPolicy: HandlerUnfinishedPolicy, validator: (@Sendable (Input) throws -> Void)?,
        handler: @escaping @Sendable (Input, WorkflowContext) async throws -> Output
    ) {
        self.unfinishedPolicy = unfinishedPolicy
        prepare = { payloads, converter, validates in
            // The validator's own copy may hold references that it changes.
            if validates, let validator { try validator(converter.decode(Input.self, from: payloads)) }
            let input = try converter.decode(Input.self, from: payloads)
            return { context in try context.converter.payload(encoding: await handler(input, context)) }
        }
    }
}

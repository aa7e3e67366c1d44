import SwiftProtobuf
public import TemporalAPI

/// Why the server thinks that a run should be continued as a new one.
public typealias ContinueAsNewReason = Temporal_Api_Enums_V1_SuggestContinueAsNewReason

/// Thrown by a workflow to end this run and go on as a new one, with a history of its own: the result of the chain is that of the last
/// run.
///
///     if context.suggestsContinueAsNew { throw ContinueAsNew(LedgerWorkflow.self, state) }
public struct ContinueAsNew: Error, Sendable {
    let workflowType: String
    let options: ContinueAsNewOptions
    let input: @Sendable (DataConverter) throws -> Payloads

    /// Goes on as a workflow of the given type, which need not be that of this run.
    public init<Definition: Workflow>(
        _ type: Definition.Type, _ input: Definition.Input, options: ContinueAsNewOptions = .init()
    ) {
        workflowType = type.workflowType
        self.options = options
        self.input = { try $0.payloads(encoding: input) }
    }

    /// Goes on as a workflow of the named type, with input that is encoded already.
    public init(typeName: String, input: Payloads, options: ContinueAsNewOptions = .init()) {
        workflowType = typeName
        self.options = options
        self.input = { _ in input }
    }

    func attributes(
        in context: WorkflowContext
    ) throws -> Temporal_Api_Command_V1_ContinueAsNewWorkflowExecutionCommandAttributes {
        var call = ContinueAsNewCall(
            workflowType: workflowType, input: try input(context.converter), options: options)
        try context.intercept(&call) { try $0.continueAsNew(&$1, context) }
        let (input, options) = (call.input, call.options)
        try options.check(for: call.workflowType)
        return .with {
            $0.workflowType.name = call.workflowType
            if let taskQueue = options.taskQueue { $0.taskQueue.name = taskQueue }
            if !input.payloads.isEmpty { $0.input = input }
            if let limit = options.runTimeout { $0.workflowRunTimeout = .init(limit) }
            if let limit = options.taskTimeout { $0.workflowTaskTimeout = .init(limit) }
            if let delay = options.backoff { $0.backoffStartInterval = .init(delay) }
            if let policy = options.retryPolicy { $0.retryPolicy = policy.proto }
            if let memo = options.memo { $0.memo.fields = memo }
            if let attributes = options.searchAttributes { $0.searchAttributes.indexedFields = attributes.fields }
            if !options.headers.isEmpty { $0.header.fields = options.headers }
        }
    }
}

/// What the new run does not take over from the one it continues.
public struct ContinueAsNewOptions: Sendable, Hashable {
    /// This run's task queue unless given.
    public var taskQueue: String?
    /// This run's unless given.
    public var runTimeout: Duration?
    /// This run's unless given.
    public var taskTimeout: Duration?
    /// How long to wait before the new run's first workflow task.
    public var backoff: Duration?
    /// This run's unless given.
    public var retryPolicy: RetryPolicy?
    /// What this run was started with unless given.
    public var memo: [String: Payload]?
    /// Those this run has now unless given.
    public var searchAttributes: SearchAttributes?
    /// For interceptors; not taken over.
    public var headers: [String: Payload]

    /// Takes over everything but what is given.
    public init(
        taskQueue: String? = nil, runTimeout: Duration? = nil, taskTimeout: Duration? = nil, backoff: Duration? = nil,
        retryPolicy: RetryPolicy? = nil, memo: [String: Payload]? = nil, searchAttributes: SearchAttributes? = nil,
        headers: [String: Payload] = [:]
    ) {
        self.taskQueue = taskQueue
        self.runTimeout = runTimeout
        self.taskTimeout = taskTimeout
        self.backoff = backoff
        self.retryPolicy = retryPolicy
        self.memo = memo
        self.searchAttributes = searchAttributes
        self.headers = headers
    }
}

public import TemporalAPI

/// What a worker can do: the implementations of activities, by name.
public struct Activities: Sendable {
    typealias Body = @Sendable (Payloads, ActivityContext, DataConverter) async throws -> Payloads

    private(set) var bodies: [String: Body] = [:]
    private var dynamicBody: Body?
    /// See every attempt, the first one first.
    var interceptors: [any WorkerInterceptor] = []

    /// No activities yet.
    public init() {}

    /// Adds the implementation of an activity.
    ///
    /// It may run more than once for one call, so its effect must be idempotent. A ``ApplicationFailure`` it throws reaches the workflow
    /// with its type and details; any other error as an application failure named after the error's type.
    public mutating func register<Input, Output>(
        _ type: ActivityType<Input, Output>,
        _ body: @escaping @Sendable (Input, ActivityContext) async throws -> Output
    ) {
        bodies[type.name] = { payloads, context, converter in
            try converter.payloads(
                encoding: await body(converter.decode(Input.self, from: payloads), context))
        }
    }

    /// Sets what runs for every activity without an implementation of its own; its name is in the context.
    /// - Parameter body: gets the arguments as they came.
    public mutating func registerDynamic<Output: Encodable & SendableMetatype>(
        _ body: @escaping @Sendable (Payloads, ActivityContext) async throws -> Output
    ) {
        dynamicBody = { payloads, context, converter in
            try converter.payloads(encoding: await body(payloads, context))
        }
    }

    var isEmpty: Bool { bodies.isEmpty && dynamicBody == nil }

    /// - Throws: an ``ApplicationFailure`` that another worker may not have.
    func body(of type: String) throws -> Body {
        if let body = bodies[type] ?? dynamicBody {
            guard !interceptors.isEmpty else { return body }
            return { [interceptors] input, context, converter in
                try await pass(
                    ExecuteActivityCall(context: context, input: input), by: interceptors[...],
                    { try await $0.executeActivity($1, next: $2) },
                    to: { try await body($0.input, $0.context, converter) })
            }
        }
        throw ApplicationFailure(
            """
            activity \(type) is not registered with this worker; registered are \
            \(bodies.keys.sorted().joined(separator: ", "))
            """, type: "NotFoundError")
    }
}

import TemporalAPI

/// What a worker can do: the implementations of activities, by name.
public struct Activities: Sendable {
    typealias Body = @Sendable (Payloads, ActivityContext, DataConverter) async throws -> Payloads

    private(set) var bodies: [String: Body] = [:]

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

    var names: [String] { bodies.keys.sorted() }
}

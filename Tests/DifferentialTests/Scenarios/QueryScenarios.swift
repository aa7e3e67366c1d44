import Temporal

extension Scenario {
    static let queries: [Scenario] = [
        Scenario(QueriesBetweenSignals.self) { play in
            try await play.settle()
            for word in ["one", "two"] {
                await play.query("heard")
                try await play.signalAndSettle("say", word)
            }
            await play.query("heard")
            try await play.signal("finish")
        },
        Scenario(QueryFails.self) { play in
            try await play.settle()
            await play.query("broken")
            await play.query("heard")
            try await play.signal("finish")
        },
        Scenario(QueryAfterClose.self) { play in
            try await play.settle()
            try await play.signal("finish")
            _ = try await play.handle.result()
            await play.query("heard")
        },
    ]
}

final class QueriesBetweenSignals: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        try await finished(context)
        return words
    }
}

final class QueryFails: Told, Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<QueryFails> {
        .told.query(QueryType<NoValue, [String]>("broken")) { _, _ in
            throw ApplicationFailure(
                "the query failed", type: "Query", details: [try DataConverter.standard.payload(encoding: "detail")])
        }
    }

    func run(_ context: WorkflowContext) async throws -> [String] {
        try await finished(context)
        return words
    }
}

final class QueryAfterClose: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        try await finished(context)
        words.append("closed")
        return words
    }
}

import Temporal

extension Scenario {
    static let attributes: [Scenario] = [
        Scenario(SearchAttributesUpserted.self), Scenario(SearchAttributeUnset.self), Scenario(MemoUpserted.self),
    ]
}

private let keyword = SearchAttributeKey<String>.keyword("DifferentialKeyword")
private let number = SearchAttributeKey<Int>.int("DifferentialInt")
private let listing = SearchAttributeKey<[String]>.keywordList("DifferentialKeywordList")

final class SearchAttributesUpserted: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        context.upsert(try keyword.set("paid"), try number.set(7))
        try await context.sleep(for: .milliseconds(20))
        context.upsert(try listing.set(["a", "b"]))
        return context.info.searchAttributes[keyword] ?? "None"
    }
}

final class SearchAttributeUnset: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        context.upsert(try keyword.set("paid"))
        try await context.sleep(for: .milliseconds(20))
        context.upsert(keyword.unset)
        return "unset"
    }
}

final class MemoUpserted: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try context.upsertMemo("note", "first")
        try await context.sleep(for: .milliseconds(20))
        try context.upsertMemo("note", "second")
        try context.upsertMemo("note", String?.none)
        return "done"
    }
}

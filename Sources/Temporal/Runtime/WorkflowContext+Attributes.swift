import TemporalAPI

extension WorkflowContext {
    /// Changes the values this workflow can be found by; ``WorkflowInfo/searchAttributes`` has them at once.
    ///
    ///     context.upsert(try Self.status.set("paid"), Self.dueDate.unset)
    ///
    /// An attribute the namespace does not know fails the workflow task.
    public func upsert(_ updates: SearchAttributeUpdate...) {
        guard !updates.isEmpty, mayWrite() else { return }
        var fields: [String: Payload] = [:]
        for update in updates {
            fields[update.name] = update.payload
            info.searchAttributes.apply(update)
        }
        ask(.upsertSearchAttributes(fields))
    }

    /// Changes one of the values shown with this workflow; ``WorkflowInfo/memo`` has it at once.
    /// - Parameter value: Nil takes the value away.
    /// - Throws: ``DataConversionError``.
    public func upsertMemo<Value: Encodable>(_ name: String, _ value: Value?) throws {
        let payload = try value.map { try converter.payload(encoding: $0) }
        guard mayWrite() else { return }
        info.memo[name] = payload
        ask(.upsertMemo([name: payload ?? .null]))
    }

    /// One of the values shown with this workflow, as of now.
    /// - Returns: Nil when there is none of this name.
    /// - Throws: ``DataConversionError``.
    public func memo<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
        try info.memo[name].map { try converter.decode(type, from: $0) }
    }

    /// What the run before this one of a schedule returned.
    /// - Returns: Nil when this is the first, or none before it returned anything.
    /// - Throws: ``DataConversionError``.
    public func lastCompletionResult<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value? {
        try info.lastCompletionResult.first.map { try converter.decode(type, from: $0) }
    }

    /// Tells which course to take at a place where the logic changed: true for runs that take the new course.
    ///
    /// A run answers the same for its whole life. Runs that passed this place before the change was made go on as they began.
    public func patched(_ id: String) -> Bool { patch(id, isDeprecated: false) }

    /// Says that no run without this patch is left; the old course may be deleted.
    public func deprecatePatch(_ id: String) { _ = patch(id, isDeprecated: true) }

    private func patch(_ id: String, isDeprecated: Bool) -> Bool {
        guard mayWrite() else { return patches[id] ?? false }
        if let answer = patches[id] { return answer }
        let answer = patchesInHistory.contains(id) || !isReplaying
        patches[id] = answer
        if answer { ask(.patch(id: id, isDeprecated: isDeprecated)) }
        return answer
    }
}

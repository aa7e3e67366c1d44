import Temporal

/// The steps of a business transaction that no database can make atomic: each is undone by a compensation of its own.
///
/// A compensation is registered before its step runs, because a step that failed or timed out may have taken effect all the same; so every
/// compensation must be harmless when there is nothing to undo.
struct Saga {
    private var compensations: [(name: String, undo: @Sendable () async throws -> Void)] = []

    /// Registers how to undo the step that is about to run.
    mutating func compensate(_ name: String, with undo: @escaping @Sendable () async throws -> Void) {
        compensations.append((name, undo))
    }

    /// Undoes what was done, the last step first. Each compensation runs once; one that throws ends the unwinding with its error.
    mutating func unwind(_ run: (String, @Sendable () async throws -> Void) async throws -> Void) async throws {
        while let next = compensations.popLast() { try await run(next.name, next.undo) }
    }
}

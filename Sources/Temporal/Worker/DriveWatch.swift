import Synchronization

/// Knows whether workflow code that is being driven has come back since it was last looked at.
///
/// Looks are counted, not time: a machine that stands still, or a process that is stopped, holds up who looks as it does the code, which
/// is no fault of the code's.
final class DriveWatch: Sendable {
    private struct State {
        /// How often the code was found under way; nil when there is none.
        var looks: Int?
        var isAbandoned = false
    }

    private let state = Mutex(State())

    /// True once nobody waits any more for what is being done.
    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    /// Runs code that should come back soon.
    func watch<Result>(_ body: () -> Result) -> Result {
        state.withLock { $0.looks = 0 }
        defer { state.withLock { $0.looks = nil } }
        return body()
    }

    /// Abandons code that this finds under way for more than the given number of times.
    /// - Returns: false when there is none.
    func abandon(afterLooks limit: Int) -> Bool {
        state.withLock { state in
            guard let looks = state.looks else { return false }
            state.looks = looks + 1
            state.isAbandoned = looks >= limit
            return state.isAbandoned
        }
    }
}

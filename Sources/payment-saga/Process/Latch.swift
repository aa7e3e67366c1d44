import Synchronization

/// Something that happens once, seen from several threads.
final class Latch: Sendable {
    private let state = Atomic(false)

    var isTripped: Bool { state.load(ordering: .acquiring) }

    /// - Returns: Whether it was tripped before.
    @discardableResult
    func trip() -> Bool { state.exchange(true, ordering: .acquiringAndReleasing) }
}

internal import Dispatch
internal import Synchronization

/// Drains something on a serial queue whenever asked, and only once for requests that come before it has started.
final class DrainScheduler: Sendable {
    let queue: DispatchQueue
    private let isScheduled = Atomic(false)

    init(label: String) {
        self.queue = DispatchQueue(label: label)
    }

    func request(_ drain: @escaping @Sendable () -> Void) {
        guard !isScheduled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        queue.async { [self] in
            isScheduled.store(false, ordering: .releasing)
            drain()
        }
    }
}

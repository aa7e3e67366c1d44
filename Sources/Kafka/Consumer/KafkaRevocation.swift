internal import Synchronization

/// Partitions that the group wants back, which wait for this member to let go.
///
/// The whole group waits, up to ``KafkaConsumerConfiguration/revocationTimeout``: finish what is in flight, commit,
/// then ``acknowledge()``. Dropping the value acknowledges too.
public final class KafkaRevocation: Sendable {
    /// What is to be given back.
    public let partitions: [TopicPartition]
    private let release: Mutex<(@Sendable () -> Void)?>

    init(_ partitions: [TopicPartition], release: @escaping @Sendable () -> Void) {
        self.partitions = partitions
        self.release = Mutex(release)
    }

    deinit { acknowledge() }

    /// Lets the partitions go. Further calls do nothing.
    public func acknowledge() {
        let release = release.withLock { release in
            defer { release = nil }
            return release
        }
        release?()
    }
}

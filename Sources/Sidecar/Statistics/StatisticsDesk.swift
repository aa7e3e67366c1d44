import Foundation
import PaymentSaga

/// Has statistics made once a second at most, however many ask for them.
actor StatisticsDesk {
    private static let lifetime = Duration.seconds(1)
    private static let sample = 500

    private let directory: any PaymentDirectory
    private var latest: (task: Task<PaymentStatistics, any Error>, startedAt: ContinuousClock.Instant)?

    init(directory: any PaymentDirectory) { self.directory = directory }

    /// - Throws: ``DependencyUnavailableError``.
    func statistics() async throws -> PaymentStatistics {
        if let latest, .now - latest.startedAt < Self.lifetime { return try await latest.task.value }
        let task = Task { [directory] in try await Self.make(directory) }
        latest = (task, .now)
        return try await task.value
    }

    private static func make(_ directory: any PaymentDirectory) async throws -> PaymentStatistics {
        let now = Date()
        async let ended = directory.payments(endedAfter: now - PaymentStatistics.window, limit: sample)
        // Those under way are counted as one: whether a worker has begun with them, only they know.
        let statuses: [PaymentStatusView.Status] = [.processing, .succeeded, .failed, .cancelled, .rejected]
        let counts = try await withThrowingTaskGroup(of: (PaymentStatusView.Status, Int)?.self) { group in
            for status in statuses {
                group.addTask {
                    do {
                        return (status, try await directory.count(PaymentFilter(status: status)))
                    } catch is UnknownFilterError {
                        return nil
                    }
                }
            }
            return try await group.reduce(into: [PaymentStatusView.Status: Int]()) { counts, found in
                if let (status, count) = found { counts[status] = count }
            }
        }
        return PaymentStatistics(counts: counts, ended: try await ended, now: now)
    }
}

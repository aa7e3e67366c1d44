import Foundation
import Logging
import PaymentSaga

/// Tells subscribers when payments change. All subscribers of a payment share one reader of its status.
actor PaymentFeed {
    enum Event: Sendable {
        case report(PaymentReport)
        /// Nothing has happened for a while.
        case heartbeat
    }

    struct Limits: Sendable {
        var maximumSubscribers = 1000
        /// How often a payment is looked at.
        var interval = Duration.milliseconds(250)
        /// How long a payment that can't be looked at is left alone.
        var pause = Duration.seconds(2)
        var heartbeat = Duration.seconds(15)
    }

    private struct Watch {
        let task: Task<Void, Never>
        var latest: PaymentReport
        var subscribers: [Int: AsyncStream<Event>.Continuation] = [:]
    }

    /// More than a subscriber that reads at all can be behind.
    private static let backlog = 16

    private let reports: PaymentReports
    private let limits: Limits
    private let metrics: SidecarMetrics
    private let logger: Logger
    private var watches: [String: Watch] = [:]
    private var subscriberCount = 0 {
        didSet { metrics.setStreams(subscriberCount) }
    }
    private var lastSubscriber = 0

    init(
        reports: PaymentReports, limits: Limits, metrics: SidecarMetrics = SidecarMetrics(), logger: Logger
    ) {
        self.reports = reports
        self.limits = limits
        self.metrics = metrics
        self.logger = logger
    }

    /// The states of a payment from this one on; ends with a state that is the last.
    ///
    /// - Parameter report: What the caller knows.
    /// - Returns: nil if there are too many subscribers.
    func subscribe(from report: PaymentReport) -> AsyncStream<Event>? {
        guard subscriberCount < limits.maximumSubscribers else { return nil }
        let id = report.paymentID
        let (events, subscriber) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingNewest(Self.backlog))
        lastSubscriber += 1
        let number = lastSubscriber
        subscriberCount += 1
        // The looking is for all subscribers, and belongs to the trace of none.
        var watch = watches[id] ?? Watch(task: Task.detached { await self.watch(id) }, latest: report)
        watch.subscribers[number] = subscriber
        watches[id] = watch
        subscriber.onTermination = { _ in Task { await self.remove(number, of: id) } }
        subscriber.yield(.report(watch.latest))
        return events
    }

    private func remove(_ number: Int, of paymentID: String) {
        guard watches[paymentID]?.subscribers.removeValue(forKey: number) != nil else { return }
        subscriberCount -= 1
        guard let watch = watches[paymentID], watch.subscribers.isEmpty else { return }
        watch.task.cancel()
        watches[paymentID] = nil
    }

    private func watch(_ paymentID: String) async {
        var lastEvent = ContinuousClock.now
        while let watch = watches[paymentID], !watch.latest.status.isTerminal {
            var isReachable = true
            do {
                if let report = try await reports.report(on: paymentID), tell(report) { lastEvent = .now }
            } catch {
                isReachable = false
                logger.debug("cannot follow a payment", metadata: ["payment_id": "\(paymentID)", "error": "\(error)"])
            }
            if .now - lastEvent >= limits.heartbeat {
                lastEvent = .now
                for subscriber in subscribers(of: paymentID) { subscriber.yield(.heartbeat) }
            }
            do {
                try await Task.sleep(for: isReachable ? limits.interval : limits.pause)
            } catch {
                // Nobody listens any more.
                return
            }
        }
        guard !Task.isCancelled, let watch = watches.removeValue(forKey: paymentID) else { return }
        subscriberCount -= watch.subscribers.count
        for subscriber in watch.subscribers.values { subscriber.finish() }
    }

    /// - Returns: whether it was news.
    private func tell(_ report: PaymentReport) -> Bool {
        guard let latest = watches[report.paymentID]?.latest, !latest.isSameState(as: report),
            // What is on record may be behind what the payment has said. That it is pending may be of another clock than the rest.
            // The end is told in any case.
            latest.status == .pending || (report.status.isTerminal && !latest.status.isTerminal)
                || (report.status != .pending && latest.updatedAt <= report.updatedAt)
        else { return false }
        watches[report.paymentID]?.latest = report
        for subscriber in subscribers(of: report.paymentID) { subscriber.yield(.report(report)) }
        return true
    }

    private func subscribers(of paymentID: String) -> [AsyncStream<Event>.Continuation] {
        watches[paymentID].map { Array($0.subscribers.values) } ?? []
    }
}

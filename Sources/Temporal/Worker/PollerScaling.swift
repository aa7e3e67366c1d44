/// How many polls there should be, as a value: it is told what came of each poll, and reads no clock.
struct PollerScaling {
    /// What came of a poll.
    enum Outcome {
        /// - suggestion: the server's own, by how many polls the number should change; nil when it made none.
        case answer(hasTask: Bool, suggestion: Int?)
        case throttled, failed
    }

    /// Ingestion is compared between periods of this length.
    private static let period: Duration = .milliseconds(100)

    private(set) var target: Int
    private let bounds: ClosedRange<Int>
    private let isScaling: Bool
    /// True once it is known that the server makes suggestions; without them an empty poll says nothing.
    private var serverSuggests: Bool
    private var currentPeriod: Int64 = 0
    private var ingested = 0
    private var lastPeriods = (last: 0, before: 0)

    init(_ behavior: PollerBehavior, serverSuggests: Bool = false) {
        switch behavior {
        case .fixed(let count):
            bounds = 1...max(1, count)
            target = max(1, count)
            isScaling = false
        case .autoscaling(let low, let initial, let high):
            let low = max(1, low)
            bounds = low...max(low, high)
            target = min(max(initial, low), max(low, high))
            isScaling = true
        }
        self.serverSuggests = serverSuggests
    }

    mutating func record(_ outcome: Outcome, at now: Duration) {
        guard isScaling else { return }
        advance(to: now)
        switch outcome {
        case .answer(let hasTask, let suggestion):
            if hasTask { ingested += 1 }
            if let suggestion {
                serverSuggests = true
                // More polls that bring in no more tasks only wait for the same processing.
                if suggestion < 0 || isIngestionGrowing { change(by: suggestion) }
            } else if !hasTask, serverSuggests {
                change(by: -1)
            }
        case .throttled: target = max(bounds.lowerBound, target / 2)
        case .failed: change(by: -1)
        }
    }

    /// True when tasks come so fast that polls should be short: after the burst most of them would wait for nothing for a minute.
    mutating func isBusy(at now: Duration) -> Bool {
        advance(to: now)
        return ingested > 1
    }

    private var isIngestionGrowing: Bool { lastPeriods.last >= Int(Double(lastPeriods.before) * 1.1) }

    private mutating func change(by delta: Int) {
        target = min(max(target + delta, bounds.lowerBound), bounds.upperBound)
    }

    private mutating func advance(to now: Duration) {
        let period = Int64(now / Self.period)
        switch period - currentPeriod {
        case ...0: return
        case 1: lastPeriods = (ingested, lastPeriods.last)
        case 2: lastPeriods = (0, ingested)
        default: lastPeriods = (0, 0)
        }
        ingested = 0
        currentPeriod = period
    }
}

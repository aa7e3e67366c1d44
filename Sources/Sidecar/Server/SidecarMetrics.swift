import Metrics

/// What a sidecar counts beyond its answers, for whatever backend swift-metrics was given.
///
/// | metric | kind | dimensions |
/// |---|---|---|
/// | `payment_saga_sidecar_lookups` | counter, times somebody wanted to know where a payment stands | `way`, `source` |
/// | `payment_saga_sidecar_unasked` | counter, questions to payments that were not put to them | `reason` |
/// | `payment_saga_sidecar_streams` | gauge, clients that follow a payment | |
struct SidecarMetrics: Sendable {
    /// How the answer was come by.
    enum Way: String, CaseIterable, Sendable {
        case asked
        /// Somebody else had asked just before, and both were told.
        case coalesced
        /// It was known from a moment ago.
        case cached
    }

    /// What the answer was.
    enum Source: String, CaseIterable, Sendable {
        case live, stored
        /// There is no such payment.
        case none
        /// Temporal could not be asked.
        case unavailable
    }

    /// Why a payment was not asked.
    enum Refusal: String, CaseIterable, Sendable {
        /// No worker has answered lately.
        case workersSilent = "workers_silent"
        /// Too many questions wait.
        case queueFull = "queue_full"
    }

    private static let prefix = "payment_saga_sidecar_"

    private let lookups: [Way: [Source: Counter]]
    private let unasked: [Refusal: Counter]
    private let streams: Meter

    init(factory: any MetricsFactory = MetricsSystem.factory) {
        func counters<Key: CaseIterable & RawRepresentable<String>>(
            _ name: String, _ label: String, _ others: [(String, String)] = []
        ) -> [Key: Counter] {
            Dictionary(
                uniqueKeysWithValues: Key.allCases.map { key in
                    let dimensions = others + [(label, key.rawValue)]
                    return (key, Counter(label: Self.prefix + name, dimensions: dimensions, factory: factory))
                })
        }
        lookups = Dictionary(
            uniqueKeysWithValues: Way.allCases.map { ($0, counters("lookups", "source", [("way", $0.rawValue)])) })
        unasked = counters("unasked", "reason")
        streams = Meter(label: Self.prefix + "streams", factory: factory)
        streams.set(0)
    }

    func countLookup(_ way: Way, _ source: Source) { lookups[way]?[source]?.increment() }

    func countLookup(_ way: Way, _ report: PaymentReport?) {
        let source: Source =
            switch report?.source {
            case .live: .live
            case .stored: .stored
            case nil: .none
            }
        countLookup(way, source)
    }

    func countUnasked(_ questions: Int, _ reason: Refusal) { unasked[reason]?.increment(by: questions) }

    func setStreams(_ clients: Int) { streams.set(clients) }
}

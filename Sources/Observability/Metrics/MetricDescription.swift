/// A metric that a process may have.
public struct MetricDescription: Sendable {
    public let name: String
    public let kind: MetricKind
    /// The names of its labels.
    public let labels: [String]
    /// What it is, in a sentence.
    public let text: String

    public init(_ name: String, _ kind: MetricKind, _ labels: [String] = [], _ text: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.text = text
    }

    /// Those of every process that has a ``PrometheusRegistry``.
    public static let process = ProcessMetrics.descriptions.map { MetricDescription($0.name, $0.kind, [], $0.text) }
}

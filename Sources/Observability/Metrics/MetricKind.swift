/// What a metric does, under the name Prometheus has for it.
public enum MetricKind: String, Sendable {
    /// Only ever grows while the process lives.
    case counter
    /// Goes up and down.
    case gauge
    /// Counts observations by size.
    case histogram
}

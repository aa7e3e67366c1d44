/// Something the sidecar depends on gave no answer in time, or refused.
struct DependencyUnavailableError: Error, CustomStringConvertible {
    enum Dependency: String, Sendable {
        case kafka = "Kafka"
        case temporal = "Temporal"
    }

    let dependency: Dependency
    /// What it, or the transport, said; not for callers.
    let reason: String

    var description: String { "\(dependency.rawValue) cannot be reached: \(reason)" }
}

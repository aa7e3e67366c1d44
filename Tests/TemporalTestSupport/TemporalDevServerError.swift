import Foundation

/// The development server could not be started.
public enum TemporalDevServerError: Error, CustomStringConvertible {
    /// No `temporal` binary in the places searched.
    case notInstalled(searched: String)
    /// No loopback port could be bound.
    case noFreePort(errno: Int32)
    /// The server ended before it was ready; the text is what it printed.
    case ended(output: String)
    /// The server did not accept connections in time; the text is what it printed.
    case notReady(output: String)

    public var description: String {
        switch self {
        case .notInstalled(let searched):
            "the Temporal development server is not installed; run scripts/setup, or set TEMPORAL_CLI to a `temporal` "
                + "binary (searched: \(searched))"
        case .noFreePort(let errno): "no free loopback port: \(String(cString: strerror(errno)))"
        case .ended(let output): "the Temporal development server ended at once: \(output)"
        case .notReady(let output): "the Temporal development server was not ready within 30 s: \(output)"
        }
    }
}

public import Logging
import Tracing

extension Logger.MetadataProvider {
    /// The trace that the code which logs belongs to.
    public static let trace = Logger.MetadataProvider {
        guard let trace = ServiceContext.current?.trace else { return [:] }
        return ["trace_id": "\(trace.traceID)", "span_id": "\(trace.spanID)"]
    }
}

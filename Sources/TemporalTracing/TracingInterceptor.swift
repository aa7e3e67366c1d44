import Instrumentation
import Temporal
import TemporalAPI
public import Tracing

/// Makes one trace of what belongs together: the call of a client, the workflow it starts, the activities, children and signals of that.
///
/// Register it with the client and with the worker:
///
///     let client = TemporalClient(connection, interceptors: [TracingInterceptor()])
///     let worker = Worker(client: client, ..., interceptors: [TracingInterceptor()], ...)
///
/// The context travels in a header that all Temporal SDKs read and write, in the fields the tracer injects (`traceparent` and so on). Spans
/// of activities last as long as those; spans within workflows are points in time, and are made once, not on replay. Workflow code sees
/// the context it was started in as `ServiceContext.current`.
public struct TracingInterceptor: Sendable {
    /// The header that carries the context, in all SDKs.
    static let headerKey = "_tracer-data"

    private let configured: (any Tracer)?

    /// - Parameter tracer: that of `InstrumentationSystem` unless given.
    public init(tracer: (any Tracer)? = nil) { configured = tracer }

    var tracer: any Tracer { configured ?? InstrumentationSystem.tracer }

    /// The context that came with a call.
    /// - Returns: nil when none did, or none that can be read.
    func extract(_ headers: [String: Payload]) -> ServiceContext? {
        guard let payload = headers[Self.headerKey],
            let carrier = try? DataConverter.standard.decode([String: String].self, from: payload)
        else { return nil }
        var context = ServiceContext.topLevel
        tracer.extract(carrier, into: &context, using: Carrier())
        return context
    }

    func inject(_ context: ServiceContext?, into headers: inout [String: Payload]) {
        guard let context else { return }
        var carrier: [String: String] = [:]
        tracer.inject(context, into: &carrier, using: Carrier())
        // Texts can be encoded whatever they say.
        guard !carrier.isEmpty, let payload = try? DataConverter.standard.payload(encoding: carrier) else { return }
        headers[Self.headerKey] = payload
    }

    private struct Carrier: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }
}

/// What spans say of what they are about, under the names all SDKs use.
struct TracedIDs {
    var workflowID: String?
    var runID: String?
    var activityID: String?
    var updateID: String?

    func describe(_ span: any Span) {
        span.updateAttributes {
            $0["temporalWorkflowID"] = workflowID
            $0["temporalRunID"] = runID
            $0["temporalActivityID"] = activityID
            $0["temporalUpdateID"] = updateID
        }
    }
}

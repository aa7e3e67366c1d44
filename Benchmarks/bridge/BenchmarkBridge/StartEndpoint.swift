import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

/// A Temporal server that acknowledges every call at once, and measures from the first to the last.
final class StartEndpoint: WorkflowService {
    private struct State {
        var count = 0
        var start: Usage?
        var measurement: Measurement?
        var waiter: CheckedContinuation<Measurement, Never>?
    }

    let capabilities = ServerCapabilities()
    let localWorkers: LocalWorkers? = nil
    private let expected: Int
    private let state = Mutex(State())

    /// - Parameter expected: How many calls there will be.
    init(expected: Int) { self.expected = expected }

    /// What was measured, when all calls have come.
    var measurement: Measurement {
        get async {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state in
                    if state.measurement == nil { state.waiter = continuation }
                    return state.measurement
                }
                if let known { continuation.resume(returning: known) }
            }
        }
    }

    func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response {
        let finished = state.withLock { state -> (CheckedContinuation<Measurement, Never>, Measurement)? in
            if state.start == nil { state.start = Usage() }
            state.count += 1
            guard state.count == expected, let start = state.start else { return nil }
            let measurement = Measurement(records: expected, since: start)
            state.measurement = measurement
            defer { state.waiter = nil }
            return state.waiter.map { ($0, measurement) }
        }
        finished?.0.resume(returning: finished?.1 ?? Measurement(records: expected, since: Usage()))
        return Response()
    }
}

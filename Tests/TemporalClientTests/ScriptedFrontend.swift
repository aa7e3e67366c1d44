import GRPCTestSupport
import SwiftProtobuf
import Synchronization
import TemporalAPI

@testable import Temporal

/// A Temporal frontend whose answers a test writes, and which keeps what it was asked.
final class ScriptedFrontend: Sendable {
    /// Answers a call; the number counts the calls of the method, from 1.
    typealias Answer = @Sendable (_ request: ScriptedRequest, _ number: Int) async -> ScriptedResponse

    let target: ChannelTarget
    private let server: ScriptedGRPCServer
    private let log: CallLog

    private init(_ answers: [String: Answer]) throws {
        let log = CallLog()
        server = try ScriptedGRPCServer { request in
            let (method, number) = log.add(request)
            if let answer = answers[method] { return await answer(request, number) }
            // What every connection begins with.
            return method == "GetSystemInfo" ? .reply([]) : .failure(.unimplemented, "no answer for \(method)")
        }
        target = server.target
        self.log = log
    }

    /// Runs `body` against a frontend with these answers, by method.
    static func with(
        _ answers: [String: Answer], _ body: (ScriptedFrontend) async throws -> Void
    ) async throws {
        let frontend = try ScriptedFrontend(answers)
        do {
            try await body(frontend)
        } catch {
            await frontend.server.stop()
            throw error
        }
        await frontend.server.stop()
    }

    /// Runs `body` with a connection to a frontend with these answers.
    static func connected(
        _ answers: [String: Answer], limits: TemporalConnection.CallLimits = .quick,
        _ body: (ScriptedFrontend, TemporalConnection) async throws -> Void
    ) async throws {
        try await with(answers) { frontend in
            var configuration = TemporalConnection.Configuration(target: frontend.target, identity: "tester")
            configuration.limits = limits
            let connection = try await TemporalConnection.connect(configuration)
            do {
                try await body(frontend, connection)
            } catch {
                await connection.close()
                throw error
            }
            await connection.close()
        }
    }

    /// The calls of a method, as received.
    func calls(_ method: String) -> [ScriptedRequest] { log.calls(method) }

    /// The requests of a method's calls.
    func requests<Request, Response>(_ method: RPCMethod<Request, Response>) throws -> [Request] {
        try calls(method.name).map { try Request(serializedBytes: $0.message) }
    }
}

private final class CallLog: Sendable {
    private let calls = Mutex<[String: [ScriptedRequest]]>([:])

    func add(_ request: ScriptedRequest) -> (method: String, number: Int) {
        let method = String(request.method.split(separator: "/").last ?? "")
        return calls.withLock {
            $0[method, default: []].append(request)
            return (method, $0[method, default: []].count)
        }
    }

    func calls(_ method: String) -> [ScriptedRequest] { calls.withLock { $0[method] ?? [] } }
}

extension ScriptedResponse {
    static func reply<Response: Message>(_ response: Response) -> ScriptedResponse {
        .reply((try? response.serializedBytes()) ?? [])
    }

    static func failure<Detail: Message>(
        _ code: GRPCStatusCode, _ message: String, detail: Detail
    ) -> ScriptedResponse {
        let status = Google_Rpc_Status.with {
            $0.code = Int32(code.rawValue)
            $0.message = message
            if let packed = try? Google_Protobuf_Any(message: detail) { $0.details = [packed] }
        }
        return .failure(code, message, details: (try? status.serializedBytes()) ?? [])
    }
}

extension TemporalConnection.CallLimits {
    /// The real rules with delays a test can wait for.
    static var quick: Self {
        var limits = Self()
        let backoff = RPCRetryPolicy.Backoff(
            initialDelay: .milliseconds(2), multiplier: 1.5, maximumDelay: .milliseconds(10))
        limits.callRetries.backoff = backoff
        limits.callRetries.throttled = backoff
        limits.pollRetries.backoff = backoff
        limits.pollRetries.throttled = backoff
        return limits
    }
}

/// A workflow that exists as a type only.
final class Greeting: Workflow {
    init(_ input: String) {}
    func run(_ context: WorkflowContext) async throws -> String { "" }

    static let changed = SignalType<String>("changed")
    static let state = QueryType<NoValue, String>("state")
}

import AsyncHTTPClient
import Foundation
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// One request as a provider got it.
struct ProviderCall: Sendable, Equatable {
    let method: String
    let path: String
    let idempotencyKey: String?
    let body: String

    /// Such as `GET /gateway/charges/p-1`.
    var line: String { "\(method) \(path)" }
}

/// What a provider does with a request.
enum ProviderReply: Sendable {
    case answer(Int, String = "{}")
    /// Takes the request and never answers.
    case silence
    /// Sends the head of an answer and never the body.
    case headOnly
    /// Ends the connection in the middle of the answer.
    case disconnect

    /// A client's time limit for it: out of reach, on a busy machine too, unless the limit is what the reply runs into.
    /// Then it is enough for the request to arrive.
    var timeLimit: Duration {
        switch self {
        case .silence, .headOnly: .seconds(6)
        case .answer, .disconnect: .seconds(30)
        }
    }
}

/// A provider on loopback that answers as the test says, and keeps what it was asked.
final class ProviderServer: Sendable {
    struct BrokenOff: Error {}

    private let script: @Sendable (ProviderCall) -> ProviderReply
    private let received = Mutex<[ProviderCall]>([])

    /// In the order in which they came in.
    var calls: [ProviderCall] { received.withLock { $0 } }

    private init(_ script: @escaping @Sendable (ProviderCall) -> ProviderReply) { self.script = script }

    /// Serves while `body` runs, which gets the server, its address and a client.
    static func serving(
        _ script: @escaping @Sendable (ProviderCall) -> ProviderReply,
        _ body: (_ server: ProviderServer, _ url: String, _ client: HTTPClient) async throws -> Void
    ) async throws {
        let server = ProviderServer(script)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in try await server.respond(to: request) },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "provider") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            defer { group.cancelAll() }
            for await port in ports.prefix(1) {
                try await withClient { try await body(server, "http://127.0.0.1:\(port)", $0) }
            }
        }
    }

    /// Lends an HTTP client that reports a refused connection at once.
    static func withClient(_ body: (HTTPClient) async throws -> Void) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(configuration: configuration)
        do {
            try await body(client)
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private func respond(to request: Request) async throws -> Response {
        var request = request
        let body = try await request.collectBody(upTo: 100_000)
        let call = ProviderCall(
            method: request.method.rawValue, path: request.uri.path,
            idempotencyKey: request.headers.first { $0.name.canonicalName == "idempotency-key" }?.value,
            body: String(buffer: body))
        received.withLock { $0.append(call) }
        switch script(call) {
        case .answer(let status, let text):
            return Response(
                status: .init(code: status), headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        case .silence:
            try await Self.untilCancelled()
            throw BrokenOff()
        case .headOnly:
            return Response(
                status: .created, body: ResponseBody(contentLength: 10) { _ in try await Self.untilCancelled() })
        case .disconnect:
            return Response(status: .created, body: ResponseBody(contentLength: 10) { _ in throw BrokenOff() })
        }
    }

    private static func untilCancelled() async throws {
        let (never, _) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        throw BrokenOff()
    }
}

import AsyncHTTPClient
import HTTPServing
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@Suite("The health of a process")
struct HealthServerTests {
    private struct Down: Error {}

    @Test("is ready when all it depends on is there, and shows its metrics")
    func ready() async throws {
        try await serving([.init("kafka") {}, .init("ledger") {}]) { url in
            #expect(try await get("\(url)/healthz") == Answer(status: 200, body: #"{"status":"ok"}"#))
            let ready = try await get("\(url)/readyz")
            #expect(ready.status == 200)
            #expect(ready.body.contains(#""kafka":"up""#))
            #expect(ready.body.contains(#""status":"ready""#))
            #expect(try await get("\(url)/metrics") == Answer(status: 200, body: "up 1\n"))
        }
    }

    @Test("tells which dependency is down, and lives on")
    func down() async throws {
        try await serving([.init("kafka") {}, .init("ledger") { throw Down() }]) { url in
            let ready = try await get("\(url)/readyz")
            #expect(ready.status == 503)
            #expect(ready.body.contains(#""ledger":"down""#))
            #expect(ready.body.contains(#""kafka":"up""#))
            #expect(try await get("\(url)/healthz").status == 200)
        }
    }

    @Test("says what is wrong where a check lets it, and no more than that")
    func problems() async throws {
        let bridge = HealthServer.Dependency("bridge") { throw HealthServer.NotReady(["no share yet", "no topic"]) }
        try await serving([bridge, .init("ledger") { throw Down() }]) { url in
            let ready = try await get("\(url)/readyz")
            #expect(ready.status == 503)
            #expect(ready.body.contains(#""problems":["no share yet","no topic"]"#))
            #expect(ready.body.contains(#""bridge":"down""#) && !ready.body.contains("Down"))
        }
        try await serving([.init("bridge") {}]) { url in
            let ready = try await get("\(url)/readyz")
            #expect(!ready.body.contains("problems"))
        }
    }

    @Test("counts a dependency that does not answer as down")
    func hanging() async throws {
        let hanging = HealthServer.Dependency("temporal") { try await Task.sleep(for: .seconds(3600)) }
        try await serving([hanging]) { url in
            let ready = try await get("\(url)/readyz")
            #expect(ready.status == 503)
            #expect(ready.body.contains(#""temporal":"down""#))
        }
    }

    @Test("is not ready any more from when it was asked to end")
    func draining() async throws {
        let isDraining = Mutex(false)
        @Sendable func drains() -> Bool { isDraining.withLock { $0 } }
        try await serving([], isDraining: drains) { url in
            #expect(try await get("\(url)/readyz").status == 200)
            isDraining.withLock { $0 = true }
            let ready = try await get("\(url)/readyz")
            #expect(ready.status == 503)
            #expect(ready.body.contains(#""status":"draining""#))
            #expect(try await get("\(url)/healthz").status == 200)
        }
    }

    @Test("is alive and not ready until it has begun")
    func starting() async throws {
        let dependencies = Mutex<[HealthServer.Dependency]?>(nil)
        @Sendable func known() -> [HealthServer.Dependency]? { dependencies.withLock { $0 } }
        try await serving(known) { url in
            #expect(try await get("\(url)/healthz").status == 200)
            let ready = try await get("\(url)/readyz")
            #expect(ready.status == 503)
            #expect(ready.body.contains(#""status":"starting""#))
            dependencies.withLock { $0 = [] }
            #expect(try await get("\(url)/readyz").status == 200)
        }
    }

    private struct Answer: Equatable {
        let status: UInt
        let body: String
    }

    private func get(_ url: String) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(20))
        let body = try await response.body.collect(upTo: 1 << 20)
        return Answer(status: response.status.code, body: String(buffer: body))
    }

    private func serving(
        _ dependencies: [HealthServer.Dependency], isDraining: @escaping @Sendable () -> Bool = { false },
        _ body: (String) async throws -> Void
    ) async throws {
        try await serving({ dependencies }, isDraining: isDraining, body)
    }

    private func serving(
        _ dependencies: @escaping @Sendable () -> [HealthServer.Dependency]?,
        isDraining: @escaping @Sendable () -> Bool = { false }, _ body: (String) async throws -> Void
    ) async throws {
        let server = HealthServer(
            name: "the test", host: "127.0.0.1", port: 0,
            metrics: MetricsPage(contentType: "text/plain") { "up 1\n" }, logger: Logger(label: "test"),
            isDraining: isDraining, dependencies: dependencies)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let serving = Task { try await server.run { port.yield($0) } }
        let number = try #require(await ports.first { _ in true })
        try await body("http://127.0.0.1:\(number)")
        serving.cancel()
        _ = try await serving.value
    }
}

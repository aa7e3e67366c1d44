import GRPCTestSupport
import SwiftProtobuf
import TemporalAPI
import Testing

@testable import Temporal

@Suite("TemporalConnection", .timeLimit(.minutes(5)))
struct TemporalConnectionTests {
    private func metadata(
        _ configure: (inout TemporalConnection.Configuration) -> Void
    ) async throws -> [GRPCMetadata] {
        var received: [GRPCMetadata] = []
        try await ScriptedFrontend.with(["DescribeNamespace": { _, _ in .reply([]) }]) { frontend in
            var configuration = TemporalConnection.Configuration(target: frontend.target, namespace: "payments")
            configure(&configuration)
            let connection = try await TemporalConnection.connect(configuration)
            _ = try await connection.call(.describeNamespace, .init(), .normal)
            await connection.close()
            received = (frontend.calls("GetSystemInfo") + frontend.calls("DescribeNamespace")).map(\.metadata)
        }
        return received
    }

    @Test("every call names the client, its version and the namespace, and carries the API key")
    func headers() async throws {
        let calls = try await metadata {
            $0.apiKey = "secret"
            $0.clientVersion = "1.2.3"
        }
        #expect(calls.count == 2)
        for call in calls {
            #expect(call["client-name"] == .ascii("temporal-swift-payment-saga"))
            #expect(call["client-version"] == .ascii("1.2.3"))
            #expect(call["temporal-namespace"] == .ascii("payments"))
            #expect(call["authorization"] == .ascii("Bearer secret"))
        }
    }

    @Test("an authorization header of the caller's own goes out in place of the API key")
    func ownAuthorization() async throws {
        let calls = try await metadata {
            $0.apiKey = "secret"
            $0.headers = ["Authorization": .ascii("Basic abc")]
        }
        for call in calls {
            #expect(call.entries.filter { $0.key == "authorization" }.map(\.value) == [.ascii("Basic abc")])
        }
    }

    @Test("without an API key no authorization goes out")
    func noAuthorization() async throws {
        for call in try await metadata({ _ in }) { #expect(call["authorization"] == nil) }
    }

    @Test("a configuration's description and dump leave the API key out")
    func withheldKey() {
        var configuration = TemporalConnection.Configuration(
            target: ChannelTarget(host: "localhost"), apiKey: "secret-key")
        configuration.headers = ["x-token": .ascii("secret-header")]
        var text = "\(configuration) \(String(reflecting: configuration))"
        dump(configuration, to: &text)
        #expect(!text.contains("secret"))
        #expect(text.contains("localhost:7233"))
    }

    @Test("the server's version and capabilities are kept")
    func capabilities() async throws {
        let info = Temporal_Api_Workflowservice_V1_GetSystemInfoResponse.with {
            $0.serverVersion = "1.32.0"
            $0.capabilities.sdkMetadata = true
        }
        try await ScriptedFrontend.connected(["GetSystemInfo": { _, _ in .reply(info) }]) { _, connection in
            #expect(connection.serverVersion == "1.32.0")
            #expect(connection.capabilities.sdkMetadata)
            #expect(!connection.capabilities.nexus)
        }
    }

    @Test("a server that does not know GetSystemInfo is connected to, without capabilities")
    func unimplementedHandshake() async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "GetSystemInfo": { _, _ in .failure(.unimplemented, "unknown method") }
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            #expect(connection.capabilities == .init())
            #expect(frontend.calls("GetSystemInfo").count == 1)
        }
    }

    @Test("a server that is still starting is waited for")
    func warmingUp() async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "GetSystemInfo": { _, number in number < 3 ? .failure(.unavailable, "starting") : .reply([]) }
        ]
        try await ScriptedFrontend.connected(answers) { frontend, _ in
            #expect(frontend.calls("GetSystemInfo").count == 3)
        }
    }

    @Test("a server that refuses the client fails the connection with its reason")
    func refused() async throws {
        try await ScriptedFrontend.with(["GetSystemInfo": { _, _ in .failure(.unauthenticated, "bad key") }]) {
            let configuration = TemporalConnection.Configuration(target: $0.target)
            let error = await #expect(throws: TemporalRPCError.self) {
                try await TemporalConnection.connect(configuration)
            }
            #expect(error?.code == .unauthenticated)
            #expect(error?.description == "GetSystemInfo: UNAUTHENTICATED: bad key")
        }
    }

    @Test("a server that is not there is reported by its address, within the time given")
    func unreachable() async throws {
        var target: ChannelTarget?
        try await ScriptedFrontend.with([:]) { target = $0.target }
        let absent = try #require(target)
        let start = ContinuousClock.now
        let error = await #expect(throws: TemporalUnreachableError.self) {
            try await TemporalConnection.connect(.init(target: absent, connectTimeout: .milliseconds(300)))
        }
        #expect(error?.description.hasPrefix("cannot reach Temporal at \(absent): ") == true)
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test("a server that accepts but never answers is unreachable too")
    func silent() async throws {
        try await ScriptedFrontend.with(["GetSystemInfo": { _, _ in await .never() }]) { frontend in
            await #expect(throws: TemporalUnreachableError.self) {
                try await TemporalConnection.connect(
                    .init(target: frontend.target, connectTimeout: .milliseconds(200)))
            }
        }
    }

    @Test("calls on a closed connection fail and say so")
    func closed() async throws {
        try await ScriptedFrontend.connected([:]) { _, connection in
            await connection.close()
            let error = await #expect(throws: TemporalRPCError.self) {
                try await connection.call(.describeNamespace, .init(), .normal)
            }
            #expect(error?.isConnectionClosed == true)
        }
    }
}

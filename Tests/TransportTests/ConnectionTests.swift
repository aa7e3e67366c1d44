import GRPCTestSupport
import Synchronization
import Temporal
import Testing
import WaitingTestSupport

@Suite("Connections")
struct ConnectionTests {
    @Test("A server that dies fails the calls in progress, and calls succeed again once it is back")
    func serverRestart() async throws {
        let began = Mutex(0)
        let port = try ReservedPort()
        let first = try ScriptedGRPCServer(port: port) { _ in
            began.withLock { $0 += 1 }
            return await .never()
        }
        let channel = try GRPCChannel(target: first.target, security: .plaintext)
        let calls = (0..<10).map { _ in
            Task {
                await channel.callError()
            }
        }
        try await eventually("all calls reach the server") { began.withLock { $0 } == 10 }
        await first.stop()
        for call in calls { #expect(await call.value?.code == .unavailable) }

        let whileDown = await channel.callError()
        #expect(whileDown?.code == .unavailable)

        let second = try ScriptedGRPCServer(port: port) { .reply($0.message) }
        try await channel.connect(timeout: .seconds(60))
        let response = try await channel.unary(method: echo, request: [7], timeout: .seconds(60))
        #expect(response.message == [7])
        await channel.close()
        await second.stop()
        port.release()
    }

    @Test("A connection that is reset fails its calls with UNAVAILABLE, and another one takes its place")
    func reset() async throws {
        let began = Mutex(false)
        let server = try ScriptedGRPCServer { request in
            if request.message == [1] { return .reply([1]) }
            began.withLock { $0 = true }
            return await .never()
        }
        let relay = try TCPRelay(to: server.target.port)
        let channel = try GRPCChannel(target: ChannelTarget(host: "127.0.0.1", port: relay.port), security: .plaintext)
        let call = Task {
            await channel.callError()
        }
        try await eventually("the call reaches the server") { began.withLock { $0 } }
        relay.reset()
        #expect(await call.value?.code == .unavailable)
        // A call that follows at once may still be given to the connection that is going; that is no other error either.
        try await eventually("a call goes through a new connection") {
            do throws(GRPCError) {
                return try await channel.unary(method: echo, request: [1], timeout: .seconds(60)).message == [1]
            } catch {
                #expect(error.code == .unavailable)
                return false
            }
        }
        await channel.close()
        await relay.stop()
        await server.stop()
    }

    @Test("A connection that has gone silent is noticed by keepalive, long before the call's own deadline")
    func silence() async throws {
        let began = Mutex(false)
        let server = try ScriptedGRPCServer { _ in
            began.withLock { $0 = true }
            return await .never()
        }
        let relay = try TCPRelay(to: server.target.port)
        let channel = try GRPCChannel(
            target: ChannelTarget(host: "127.0.0.1", port: relay.port), security: .plaintext,
            keepAlive: KeepAlive(interval: .seconds(1), timeout: .seconds(2)))
        let call = Task {
            await channel.callError()
        }
        try await eventually("the call reaches the server") { began.withLock { $0 } }
        let start = ContinuousClock.now
        relay.hold()
        #expect(await call.value?.code == .unavailable)
        #expect(ContinuousClock.now - start < .seconds(20))
        await channel.close()
        await relay.stop()
        await server.stop()
    }

    @Test("A server that ends its connections all the time (GOAWAY) fails no call, neither old nor new")
    func goAway() async throws {
        let peers = Peers()
        let server = try ScriptedGRPCServer(connectionAge: .init(limit: .milliseconds(100), grace: .seconds(60))) {
            request in
            let known = peers.add(request.peer)
            if request.message == [1] {
                try? await eventually("a call on a later connection") { peers.count > known || peers.areEnough }
            }
            return .reply(request.message)
        }
        let channel = try GRPCChannel(target: server.target, security: .plaintext)
        let deadline = ContinuousClock.now + .seconds(60)
        await withTaskGroup(of: GRPCError?.self) { group in
            for index in 0..<8 {
                group.addTask {
                    var error: GRPCError?
                    while error == nil, !peers.areEnough, ContinuousClock.now < deadline {
                        // Half of the calls outlive their connection, as long polls do.
                        error = await channel.callError([index < 4 ? 1 : 0])
                    }
                    return error
                }
            }
            for await error in group { #expect(error == nil) }
        }
        #expect(peers.areEnough)
        await channel.close()
        await server.stop()
    }

    @Test("Connecting to a server that isn't there gives one error that names it and says why")
    func unreachable() async throws {
        let port = try ReservedPort()
        let channel = try GRPCChannel(target: ChannelTarget(host: "127.0.0.1", port: port.number), security: .plaintext)
        let error = try #require(await channel.connectError(timeout: .seconds(8)))
        #expect(error.code == .unavailable)
        #expect(error.message.contains("127.0.0.1:\(port.number)"))
        #expect(error.message.contains("Connection refused"), "\(error)")
        await channel.close()
        port.release()
    }

    @Test("Connecting to a server that accepts and then says nothing fails when the time is over")
    func mute() async throws {
        let server = try ScriptedGRPCServer { .reply($0.message) }
        let relay = try TCPRelay(to: server.target.port)
        relay.hold()
        let channel = try GRPCChannel(target: ChannelTarget(host: "127.0.0.1", port: relay.port), security: .plaintext)
        let error = try #require(await channel.connectError(timeout: .milliseconds(300)))
        #expect(error.code == .unavailable)
        #expect(error.message.contains("127.0.0.1:\(relay.port) within 0.3 seconds: no answer"), "\(error)")
        await channel.close()
        await relay.stop()
        await server.stop()
    }

    @Test("A name that doesn't resolve is an error that names it")
    func unknownHost() async throws {
        let channel = try GRPCChannel(target: ChannelTarget(host: "temporal.invalid"), security: .plaintext)
        let error = try #require(await channel.connectError(timeout: .seconds(1)))
        #expect(error.code == .unavailable)
        #expect(error.message.contains("temporal.invalid:7233"))
        await channel.close()
    }

    @Test("Connecting waits for a server that comes up late")
    func lateServer() async throws {
        let port = try ReservedPort()
        let channel = try GRPCChannel(target: ChannelTarget(host: "127.0.0.1", port: port.number), security: .plaintext)
        let connecting = Task { try await channel.connect(timeout: .seconds(60)) }
        let refused = await channel.callError()
        #expect(refused?.code == .unavailable)
        let second = try ScriptedGRPCServer(port: port) { .reply($0.message) }
        try await connecting.value
        await channel.close()
        await second.stop()
        port.release()
    }

    @Test("Cancelling ends connecting")
    func cancelledConnect() async throws {
        let port = try ReservedPort()
        let channel = try GRPCChannel(target: ChannelTarget(host: "127.0.0.1", port: port.number), security: .plaintext)
        let connecting = Task { await channel.connectError(timeout: .seconds(60)) }
        connecting.cancel()
        #expect(await connecting.value?.code == .cancelled)
        await channel.close()
        port.release()
    }

    /// The clients' ends of the connections used so far.
    private final class Peers: Sendable {
        private let seen = Mutex<Set<String>>([])
        var count: Int { seen.withLock { $0.count } }
        var areEnough: Bool { count > 5 }

        /// - Returns: how many there are now.
        func add(_ peer: String) -> Int {
            seen.withLock {
                $0.insert(peer)
                return $0.count
            }
        }
    }
}

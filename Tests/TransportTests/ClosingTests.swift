import GRPCTestSupport
import Synchronization
import Temporal
import Testing
import WaitingTestSupport

@Suite("Closing a channel")
struct ClosingTests {
    @Test("Closing ends every call in progress with an error that says so, and refuses later ones")
    func callsInProgress() async throws {
        let began = Mutex(0)
        try await withServer(
            handler: { _ in
                began.withLock { $0 += 1 }
                return await .never()
            },
            test: { channel in
                let calls = (0..<100).map { _ in
                    Task {
                        await channel.callError()
                    }
                }
                try await eventually("all calls reach the server") { began.withLock { $0 } == 100 }
                await channel.close()
                for call in calls {
                    let error = await call.value
                    #expect(error?.code == .cancelled)
                    #expect(error?.isChannelClosed == true)
                    #expect(error?.message == "the channel was closed")
                }
                let later = await channel.callError()
                #expect(later?.isChannelClosed == true)
            })
    }

    @Test("Closing while calls start loses none of them", arguments: 0..<20)
    func callsStarting(round: Int) async throws {
        try await withServer(
            handler: { .reply($0.message) },
            test: { channel in
                try await channel.connect(timeout: .seconds(60))
                await withTaskGroup(of: GRPCError?.self) { group in
                    for _ in 0..<64 {
                        group.addTask {
                            await channel.callError([1])
                        }
                    }
                    for _ in 0..<round { await Task.yield() }
                    await channel.close()
                    for await error in group {
                        #expect(error == nil || error?.isChannelClosed == true, "\(String(describing: error))")
                    }
                }
            })
    }

    @Test("Closing ends connecting")
    func connecting() async throws {
        let port = try ReservedPort()
        let channel = try GRPCChannel(target: ChannelTarget(host: "127.0.0.1", port: port.number), security: .plaintext)
        let connecting = Task { await channel.connectError(timeout: .seconds(60)) }
        // Refused at once, so the channel is known to be trying.
        _ = await channel.callError()
        await channel.close()
        #expect(await connecting.value?.isChannelClosed == true)
        port.release()
    }

    @Test("Closing twice, and at the same time, is closing once")
    func twice() async throws {
        try await withServer(
            handler: { .reply($0.message) },
            test: { channel in
                _ = try await channel.unary(method: echo, request: [], timeout: .seconds(60))
                await withTaskGroup { group in
                    for _ in 0..<8 { group.addTask { await channel.close() } }
                }
                await channel.close()
            })
    }

    @Test("Channels that are dropped without closing let go of their server")
    func dropped() async throws {
        let server = try ScriptedGRPCServer { .reply($0.message) }
        for _ in 0..<20 {
            let channel = try GRPCChannel(target: server.target, security: .plaintext)
            _ = try await channel.unary(method: echo, request: [], timeout: .seconds(60))
        }
        // Returns only when all connections have ended.
        await server.stop(cancellingCalls: false)
    }
}

import GRPCTestSupport
import Synchronization
import Temporal
import Testing
import WaitingTestSupport

@Suite("Cancelling calls")
struct CancellationTests {
    @Test("A call made by a cancelled task ends with CANCELLED and never reaches the server")
    func before() async throws {
        let calls = Mutex(0)
        try await withServer(
            handler: {
                calls.withLock { $0 += 1 }
                return .reply($0.message)
            },
            test: { channel in
                try await channel.connect(timeout: .seconds(60))
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return await channel.callError()
                }
                #expect(await task.value?.code == .cancelled)
            })
        #expect(calls.withLock { $0 } == 0)
    }

    @Test("Cancelling the task ends its call at once, and the server learns of it")
    func during() async throws {
        let began = Mutex(false)
        let ended = Mutex(false)
        try await withServer(
            handler: { _ in
                began.withLock { $0 = true }
                let response = await ScriptedResponse.never()
                ended.withLock { $0 = true }
                return response
            },
            test: { channel in
                let task = Task {
                    await channel.callError()
                }
                try await eventually("the call reaches the server") { began.withLock { $0 } }
                let start = ContinuousClock.now
                task.cancel()
                let error = await task.value
                #expect(error?.code == .cancelled)
                #expect(error?.isChannelClosed == false)
                #expect(ContinuousClock.now - start < .seconds(20))
                try await eventually("the server learns of it") { ended.withLock { $0 } }
            })
    }

    @Test("Cancelling races the response 1,000 times: each call ends once, with the one or the other")
    func racing() async throws {
        try await withServer(
            handler: { .reply($0.message) },
            test: { channel in
                try await channel.connect(timeout: .seconds(60))
                var outcomes: [GRPCStatusCode: Int] = [:]
                for round in 0..<1_000 {
                    let task = Task {
                        await channel.callError([1])
                    }
                    // Spread over the time a call takes, so that cancelling meets every moment of it.
                    for _ in 0..<(round % 50) { await Task.yield() }
                    task.cancel()
                    outcomes[await task.value?.code ?? .ok, default: 0] += 1
                }
                #expect(outcomes[.ok, default: 0] + outcomes[.cancelled, default: 0] == 1_000, "\(outcomes)")
            })
    }
}

import GRPCTestSupport
import Synchronization
import Temporal
import Testing

@Suite("Unary calls")
struct UnaryCallTests {
    @Test("A message comes back unchanged, whatever its size", arguments: [0, 1024, 20 << 20])
    func roundTrip(size: Int) async throws {
        // Of prime length, so that no two pages are alike.
        var message = (0..<1021).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        while message.count < size { message += message }
        message.removeLast(message.count - size)
        try await withServer(
            handler: { .reply($0.message) },
            test: { channel in
                let response = try await channel.unary(method: echo, request: message, timeout: .seconds(60))
                // Not compared by the macro, which would print both.
                let isUnchanged = response.message == message
                #expect(isUnchanged)
            })
    }

    @Test("Text and binary metadata arrive on both sides, repeated keys in order")
    func metadata() async throws {
        let bytes: [UInt8] = [0, 255, 10, 13, 61]
        let received = Mutex<ScriptedRequest?>(nil)
        try await withServer(
            handler: { request in
                received.withLock { $0 = request }
                return .reply(
                    [],
                    initialMetadata: ["server-region": .ascii("eu"), "proof-bin": .binary(bytes)],
                    trailingMetadata: ["cost": .ascii("1"), "cost": .ascii("2"), "empty-bin": .binary([])])
            },
            test: { channel in
                let response = try await channel.unary(
                    method: echo, request: [],
                    metadata: [
                        "Client-Name": .ascii("test"), "trace-bin": .binary(bytes), "a": .ascii("1"), "a": .ascii("2"),
                    ],
                    timeout: .seconds(60))
                #expect(response.initialMetadata["server-region"] == .ascii("eu"))
                #expect(response.initialMetadata["proof-bin"] == .binary(bytes))
                #expect(
                    response.trailingMetadata.entries.filter { $0.key == "cost" }.map(\.value) == [
                        .ascii("1"), .ascii("2"),
                    ])
                #expect(response.trailingMetadata["empty-bin"] == .binary([]))
            })
        let request = try #require(received.withLock { $0 })
        #expect(request.method == echo)
        #expect(request.metadata["client-name"] == .ascii("test"))
        #expect(request.metadata["trace-bin"] == .binary(bytes))
        #expect(request.metadata.entries.filter { $0.key == "a" }.map(\.value) == [.ascii("1"), .ascii("2")])
    }

    @Test(
        "Metadata that HTTP/2 can't carry is refused before anything is sent, without printing the value",
        arguments: [
            ("bad key", GRPCMetadataValue.ascii("secret")),
            ("authorization", .ascii("Bearer secret\n")),
            ("name-bin", .ascii("secret")),
            ("name", .binary([1])),
        ])
    func illegalMetadata(key: String, value: GRPCMetadataValue) async throws {
        let calls = Mutex(0)
        try await withServer(
            handler: { _ in
                calls.withLock { $0 += 1 }
                return .reply([])
            },
            test: { channel in
                let error = await channel.callError(metadata: [key: value])
                #expect(error?.code == .invalidArgument)
                #expect(error?.message.contains("'\(key)'") == true)
                #expect(error?.message.contains("secret") == false)
            })
        #expect(calls.withLock { $0 } == 0)
    }

    @Test("Every status code comes back with its message", arguments: GRPCStatusCode.allCases.filter { $0 != .ok })
    func status(code: GRPCStatusCode) async throws {
        try await withServer(
            handler: { _ in .failure(code, "100 % wrong: Überweisung") },
            test: { channel in
                let error = await channel.callError()
                #expect(error?.code == code)
                #expect(error?.message == "100 % wrong: Überweisung")
                #expect(error?.isChannelClosed == false)
                #expect(error?.description == "\(code) calling \(echo) on \(channel.target): 100 % wrong: Überweisung")
            })
    }

    @Test("Status details and trailers come back, also when they are larger than a page", arguments: [20, 100_000])
    func details(size: Int) async throws {
        let details = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        try await withServer(
            handler: { _ in
                .failure(
                    .notFound, "no such workflow", details: details, trailingMetadata: ["retry-hint": .ascii("no")])
            },
            test: { channel in
                let error = await channel.callError()
                #expect(error?.code == .notFound)
                #expect(error?.detailsBytes == details)
                #expect(error?.trailingMetadata["retry-hint"] == .ascii("no"))
            })
    }

    @Test("OK without a response message is an error")
    func missingMessage() async throws {
        try await withServer(
            handler: { _ in .failure(.ok, "") },
            test: { channel in
                let error = await channel.callError()
                #expect(error?.code == .internal)
            })
    }

    @Test("A message over the limit fails in either direction, and is known not to be worth a retry")
    func messageTooLarge() async throws {
        try await withServer(
            handler: { .reply([UInt8](repeating: 1, count: $0.message.count * 4)) }, maximumMessageSize: 100_000,
            test: { channel in
                for size in [30_000, 100_001] {
                    let error = await channel.callError([UInt8](repeating: 1, count: size))
                    #expect(error?.code == .resourceExhausted)
                    #expect(error?.isMessageTooLarge == true, "\(error?.message ?? "no error")")
                }
            })
    }

    @Test("The server learns how much time a call has")
    func deadlineSent() async throws {
        let remaining = Mutex<Duration?>(nil)
        try await withServer(
            handler: { request in
                remaining.withLock { $0 = request.timeRemaining }
                return .reply([])
            },
            test: { channel in
                _ = try await channel.unary(method: echo, request: [], timeout: .seconds(45))
            })
        let known = try #require(remaining.withLock { $0 })
        // The core rounds up what it sends.
        #expect(known > .zero && known <= .seconds(46))
    }

    @Test("A call that isn't answered ends when its time is over")
    func deadlineExceeded() async throws {
        try await withServer(
            handler: { _ in await .never() },
            test: { channel in
                let start = ContinuousClock.now
                let error = await channel.callError(timeout: .milliseconds(300))
                #expect(error?.code == .deadlineExceeded)
                let elapsed = ContinuousClock.now - start
                #expect(elapsed >= .milliseconds(295) && elapsed < .seconds(20))
            })
    }

    @Test("A call without time left fails at once", arguments: [Duration.zero, .seconds(-5)])
    func noTime(timeout: Duration) async throws {
        try await withServer(
            handler: { .reply($0.message) },
            test: { channel in
                let error = await channel.callError(timeout: timeout)
                #expect(error?.code == .deadlineExceeded)
            })
    }

    @Test("An endless timeout is no timeout")
    func endlessTimeout() async throws {
        try await withServer(
            handler: { .reply($0.message) },
            test: { channel in
                let response = try await channel.unary(method: echo, request: [1], timeout: .seconds(Int64.max))
                #expect(response.message == [1])
            })
    }

    @Test("2,000 calls at once each get their own answer")
    func manyAtOnce() async throws {
        try await withServer(
            handler: { .reply($0.message) },
            test: { channel in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for index in 0..<2_000 {
                        group.addTask {
                            let request = withUnsafeBytes(of: index) { [UInt8]($0) }
                            let response = try await channel.unary(
                                method: echo, request: request, timeout: .seconds(60))
                            return response.message == request
                        }
                    }
                    var matches = 0
                    for try await isMatch in group where isMatch { matches += 1 }
                    #expect(matches == 2_000)
                }
            })
    }
}

import HTTPServing
import HTTPTypes
import LoggingTestSupport
import Simulators
import Testing

@Suite("Serving", .timeLimit(.minutes(5)))
struct ServingTests {
    @Test("Port 0 takes a free port, which is reported and answers")
    func freePort() async throws {
        try await withSimulators { providers, _ in
            #expect(providers.port > 0)
            let health = try await providers.call(.get, "/healthz")
            #expect(health.status == 200)
            #expect(health["status"] == "ok")
        }
    }

    @Test("A port in use is reported with the address and what to do")
    func portInUse() async throws {
        try await withSimulators { providers, _ in
            let second = SimulatorsConfiguration(port: providers.port, kafka: providers.kafka)
            let error = await #expect(throws: ListenError.self) { _ = try await start(second) }
            #expect(error?.port == providers.port)
            #expect(error?.description.contains("127.0.0.1:\(providers.port)") == true)
            #expect(error?.description.contains("another host or port") == true)
        }
    }

    @Test("A host that is not there is reported the same way")
    func unknownHost() async throws {
        try await withSimulators { providers, _ in
            let elsewhere = SimulatorsConfiguration(host: "host.invalid", kafka: providers.kafka)
            await #expect(throws: ListenError.self) { _ = try await start(elsewhere) }
        }
    }

    @Test("Ending lets a request in progress have its answer, and closes the port")
    func shutdown() async throws {
        try await withSimulators { providers, _ in
            async let answer = providers.charge("p-1", "tok_timeout_after_accept")
            while try await providers.call(.get, "/gateway/charges/p-1").status != 200 {}
            try await providers.stop()
            #expect(try await answer.status == 201)
            await #expect(throws: (any Error).self) { try await providers.call(.get, "/healthz") }
        }
    }

    @Test("No token of a payment method is logged")
    func noTokens() async throws {
        let log = LogRecorder()
        try await withSimulators(logger: log.logger) { providers, _ in
            _ = try await providers.charge("p-1", "tok_secret_1")
            _ = try await providers.call(.post, "/gateway/charges", key: "p-2", #"{"method_token": "tok_secret_2"}"#)
        }
        let text = "\(log.lines)"
        #expect(text.contains("p-1"))
        #expect(!text.contains("tok_secret"))
    }
}

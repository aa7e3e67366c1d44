import AsyncHTTPClient
import Logging
import PaymentSaga
import PaymentServices
import Simulators
import Testing

/// What the clients ask and the simulated providers answer are written down twice; here they meet.
@Suite("Agreement with the simulated providers", .timeLimit(.minutes(5)))
struct ProviderAgreementTests {
    @Test("An accepted charge has one reference, whether submitted again or asked for")
    func accepted() async throws {
        try await lending { scene in
            let request = Self.request("p-1", .ok)
            let first = try await scene.gateway.submit(request)
            let second = try await scene.gateway.submit(request)
            let asked = try await scene.gateway.submit(request, attempt: 2)
            #expect(first == .accepted(reference: "ch-p-1") && first == second && first == asked)
        }
    }

    @Test("A declined charge is declined for good, also when asked for")
    func declined() async throws {
        try await lending { scene in
            for attempt in 1...2 {
                let result = try await scene.gateway.submit(Self.request("p-1", .declined), attempt: attempt)
                #expect(result.declinedReason?.contains("declined") == true)
            }
        }
    }

    @Test("A gateway that fails twice has taken the charge at the third attempt")
    func flaky() async throws {
        try await lending { scene in
            let request = Self.request("p-1", .flaky)
            for attempt in 1...2 {
                try await expectFailure(GatewayFailure.unavailable, isNonRetryable: false) {
                    _ = try await scene.gateway.submit(request, attempt: attempt)
                }
            }
            let submission = try await scene.gateway.submit(request, attempt: 3)
            #expect(submission == .accepted(reference: "ch-p-1"))
        }
    }

    @Test("A charge that was taken while the answer got lost ends well in the same attempt")
    func timeoutAfterAccept() async throws {
        // Time enough for the charge to arrive, on a busy machine too.
        try await lending(submissionTimeout: .seconds(8)) { scene in
            let request = Self.request("p-1", .timeoutAfterAccept)
            let submission = try await scene.gateway.submit(request)
            let asked = try await scene.gateway.submit(request, attempt: 2)
            #expect(submission == asked)
        }
    }

    @Test("A voided payment stays voided, also when it was voided before it was submitted")
    func voided() async throws {
        try await lending { scene in
            _ = try await scene.gateway.submit(Self.request("p-1", .ok))
            for id in ["p-1", "p-1", "p-2"] { try await scene.gateway.void(Self.request(id, .ok)) }
            for id in ["p-1", "p-2"] {
                for attempt in 1...2 {
                    let result = try await scene.gateway.submit(Self.request(id, .ok), attempt: attempt)
                    #expect(result.declinedReason?.contains("voided") == true)
                }
            }
        }
    }

    @Test("A payment id used for another charge is a conflict")
    func conflict() async throws {
        try await lending { scene in
            _ = try await scene.gateway.submit(Self.request("p-1", .ok))
            let result = try await scene.gateway.submit(Self.request("p-1", .silent))
            #expect(result.declinedReason?.contains("other content") == true)
        }
    }

    @Test("A refund is taken whatever was done before, and any number of times")
    func refunded() async throws {
        try await lending { scene in
            _ = try await scene.gateway.submit(Self.request("p-1", .ok))
            _ = try await scene.gateway.submit(Self.request("p-2", .ok))
            try await scene.gateway.void(Self.request("p-2", .ok))
            for id in ["p-1", "p-1", "p-2", "p-3"] { try await scene.gateway.refund(Self.request(id, .ok)) }
            let result = try await scene.gateway.submit(Self.request("p-1", .ok), attempt: 2)
            #expect(result.declinedReason != nil)
        }
    }

    @Test("The fraud check's verdict arrives", arguments: [(TestToken.ok, false), (.fraud, true)])
    func fraud(token: TestToken, isSuspicious: Bool) async throws {
        try await lending { scene in
            let assessment = try await scene.fraud.assess(Self.request("p-1", token))
            #expect(assessment.isSuspicious == isSuspicious && (0...100).contains(assessment.score))
        }
    }

    @Test("A message sent again is the first one, and each channel has its own")
    func notifications() async throws {
        try await lending { scene in
            let email = NotificationOrder(channel: .email, announcement: try .sample())
            let first = try await scene.notifications.send(email)
            let second = try await scene.notifications.send(email)
            let sms = try await scene.notifications.send(NotificationOrder(channel: .sms, announcement: .sample()))
            #expect(first == second && first != sms)
        }
    }

    private struct Scene {
        let gateway: GatewayClient
        let fraud: FraudClient
        let notifications: NotificationClient
    }

    private static func request(_ id: String, _ token: TestToken) -> PaymentRequest {
        var request = PaymentRequest.sample(id)
        request.methodToken = token.rawValue
        return request
    }

    private func lending(
        submissionTimeout: Duration = .seconds(30), _ body: (Scene) async throws -> Void
    ) async throws {
        try await EventBroker.lending { broker in
            let simulators = Simulators(
                configuration: SimulatorsConfiguration(kafka: broker.configuration, confirmationDelay: .zero),
                logger: Logger(label: "simulators") { _ in SwiftLogNoOpLogHandler() })
            let (ports, port) = AsyncStream.makeStream(of: Int.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await simulators.run { port.yield($0) } }
                defer { group.cancelAll() }
                for await number in ports.prefix(1) {
                    let url = "http://127.0.0.1:\(number)"
                    try await ProviderServer.withClient { client in
                        try await body(
                            Scene(
                                gateway: GatewayClient(
                                    url: url, httpClient: client, submissionTimeout: submissionTimeout,
                                    inquiryTimeout: .seconds(30)),
                                fraud: FraudClient(url: url, httpClient: client, timeout: .seconds(30)),
                                notifications: NotificationClient(url: url, httpClient: client, timeout: .seconds(30))))
                    }
                }
            }
        }
    }
}

extension GatewayResult {
    fileprivate var declinedReason: String? {
        if case .declined(let reason) = self { reason } else { nil }
    }
}

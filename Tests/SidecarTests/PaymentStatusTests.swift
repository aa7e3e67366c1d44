import Foundation
import HTTPTypes
import Logging
import PaymentSaga
import Temporal
import Testing
import WaitingTestSupport

@Suite("Payments that Temporal knows", .timeLimit(.minutes(5)))
struct PaymentStatusTests {
    @Test("A payment nobody has worked on yet is pending, known from the record")
    func pending() async throws {
        try await RunningSidecar.with { sidecar in
            let id = try await startPayment(sidecar)
            let answer = try await sidecar.call(.get, "/v1/payments/\(id)")
            #expect(answer.status == 200)
            #expect(answer["source"] == "stored")
            #expect(answer["status"] == "pending")
            #expect(answer["user_id"] == "u-1")
            #expect(answer["merchant_id"] == "m-1")
            let createdAt = try Date(answer["created_at"] ?? "", strategy: milliseconds)
            // Its first task is scheduled when it is started, or a moment later.
            let updatedAt = try Date(answer["updated_at"] ?? "", strategy: milliseconds)
            #expect((0..<10).contains(updatedAt.timeIntervalSince(createdAt)))
            #expect((answer.json["amount"] as? [String: Any])?["minor_units"] as? Int == 1050)
            #expect(try Date(answer["updated_at"] ?? "", strategy: milliseconds).timeIntervalSinceNow > -60)
            #expect(!answer.text.contains("tok_"))
        }
    }

    @Test("With a worker a payment tells its own steps; without one its result is known from the record")
    func liveThenStored() async throws {
        try await RunningSidecar.with { sidecar in
            let id = try await startPayment(sidecar)
            let worker = startWorker(sidecar, queue: id)
            let payment = sidecar.client.handle(for: PaymentWorkflow.self, id: id)
            var answer = try await sidecar.call(.get, "/v1/payments/\(id)")
            while answer["stage"] != "confirm" { answer = try await sidecar.call(.get, "/v1/payments/\(id)") }
            #expect(answer["source"] == "live")
            #expect(answer["status"] == "processing")
            #expect(answer["merchant_id"] == "m-1")
            #expect(answer["gateway_reference"] == "g")
            let createdAt = try #require(answer["created_at"])
            #expect((answer.json["steps"] as? [[String: Any]])?.contains { $0["name"] as? String == "submit" } == true)

            try await payment.signal(
                PaymentWorkflow.confirmation,
                Confirmation(confirmationID: "c", status: .declined, gatewayReference: "g", reason: "no"))
            _ = try await payment.result()
            // A busy machine's worker may be late once or twice, and what is on record is told then.
            while answer["status"] != "failed" || answer["source"] != "live" {
                answer = try await sidecar.call(.get, "/v1/payments/\(id)")
            }
            worker.cancel()
            try await worker.value

            while answer["source"] == "live" { answer = try await sidecar.call(.get, "/v1/payments/\(id)") }
            #expect(answer["source"] == "stored")
            #expect(answer["status"] == "failed")
            #expect(answer["reason_code"] == "GATEWAY_DECLINED")
            #expect(answer["gateway_reference"] == "g")
            #expect(answer["created_at"] == createdAt)
            #expect(try await sidecar.call(.post, "/v1/payments/\(id)/cancel")["state"] == "failed")
        }
    }

    @Test("Cancelling reaches the payment, which ends cancelled")
    func cancel() async throws {
        try await RunningSidecar.with { sidecar in
            let id = try await startPayment(sidecar)
            for _ in 1...2 { #expect(try await sidecar.call(.post, "/v1/payments/\(id)/cancel").status == 202) }
            let worker = startWorker(sidecar, queue: id)
            let result = try await sidecar.client.handle(for: PaymentWorkflow.self, id: id).result()
            #expect(result.status == .cancelled)
            #expect(result.reasonCode == .cancelledByUser)
            worker.cancel()
            try await worker.value
        }
    }

    @Test("A payment whose workflow was ended from outside has failed")
    func terminated() async throws {
        try await RunningSidecar.with { sidecar in
            let id = try await startPayment(sidecar)
            try await sidecar.client.handle(id: id).terminate(reason: "test")
            let answer = try await sidecar.call(.get, "/v1/payments/\(id)")
            #expect(answer["status"] == "failed")
            #expect(answer["reason_code"] == "INTERNAL")
        }
    }

    @Test(
        "A payment whose workflow was ended from outside has failed, though a worker could still tell what it said last"
    )
    func terminatedAtWork() async throws {
        try await RunningSidecar.with { sidecar in
            let id = try await startPayment(sidecar)
            let worker = startWorker(sidecar, queue: id)
            try await eventually("the payment waits for its confirmation") {
                try await sidecar.call(.get, "/v1/payments/\(id)")["stage"] == "confirm"
            }
            try await sidecar.client.handle(id: id).terminate(reason: "test")
            try await eventually("the payment has failed") {
                try await sidecar.call(.get, "/v1/payments/\(id)")["status"] == "failed"
            }
            let answer = try await sidecar.call(.get, "/v1/payments/\(id)")
            #expect(answer["reason_code"] == "INTERNAL")
            #expect(answer["source"] == "stored")
            worker.cancel()
            try await worker.value
        }
    }

    @Test("A payment that a late confirmation has reinstated has succeeded")
    func reinstated() async throws {
        try await RunningSidecar.with { sidecar in
            let id = try await startPayment(sidecar)
            let worker = startWorker(sidecar, queue: id)
            try await eventually("the payment waits for its confirmation") {
                try await sidecar.call(.get, "/v1/payments/\(id)")["stage"] == "confirm"
            }
            #expect(try await sidecar.call(.post, "/v1/payments/\(id)/cancel").status == 202)
            let result = try await sidecar.client.handle(for: PaymentWorkflow.self, id: id).result()
            #expect(result.status == .cancelled)
            let input = PaymentInput(request: request(id), policy: PaymentPolicy(lateConfirmations: .reinstate))
            let late = LateConfirmation(
                paymentID: id,
                confirmation: Confirmation(confirmationID: "c", status: .approved, gatewayReference: "g", reason: ""),
                payment: EndedPayment(input: input, result: result))
            let outcome = try await sidecar.client.startWorkflow(
                LateConfirmationWorkflow.self, late,
                options: StartWorkflowOptions(id: LateConfirmationWorkflow.id(of: id), taskQueue: id)
            ).result()
            #expect(outcome == .reinstated)
            try await eventually("the payment has succeeded") {
                try await sidecar.call(.get, "/v1/payments/\(id)")["status"] == "succeeded"
            }
            let answer = try await sidecar.call(.get, "/v1/payments/\(id)")
            #expect(answer["reason_code"] == nil)
            for status in ["succeeded", "cancelled", "failed"] {
                try await eventually("the list of what is \(status) knows") {
                    let page = try await sidecar.call(.get, "/v1/payments?status=\(status)&user_id=u-1&limit=100")
                    return page.status == 200 && page.text.contains("\"\(id)\"") == (status == "succeeded")
                }
            }
            worker.cancel()
            try await worker.value
        }
    }

    @Test("A workflow that is no payment is not found, nor is an id that is not there")
    func notFound() async throws {
        try await RunningSidecar.with { sidecar in
            let id = UUID().uuidString.lowercased()
            _ = try await sidecar.client.startWorkflow(
                FraudCheckWorkflow.self, request(id), options: StartWorkflowOptions(id: id, taskQueue: id))
            for path in [id, "nothing-\(id)"] {
                #expect(try await sidecar.call(.get, "/v1/payments/\(path)").status == 404)
                #expect(try await sidecar.call(.post, "/v1/payments/\(path)/cancel").status == 404)
            }
        }
    }

    @Test("Case 33: with no worker up, a payment's status is what it said last, marked with its age")
    func withoutWorker() async throws {
        try await RunningSidecar.with { sidecar in
            let id = try await startPayment(sidecar)
            let worker = startWorker(sidecar, queue: id)
            var live = try await sidecar.call(.get, "/v1/payments/\(id)")
            while live["stage"] != "confirm" { live = try await sidecar.call(.get, "/v1/payments/\(id)") }
            #expect(live["source"] == "live")
            worker.cancel()
            try await worker.value

            var answer = try await sidecar.call(.get, "/v1/payments/\(id)")
            while answer["source"] == "live" || answer.headers[.age] == "0" {
                answer = try await sidecar.call(.get, "/v1/payments/\(id)")
            }
            #expect(answer.status == 200)
            #expect(answer["source"] == "stored")
            #expect(answer["status"] == "processing")
            #expect(answer["stage"] == "confirm")
            #expect((answer.json["steps"] as? [Any])?.count == (live.json["steps"] as? [Any])?.count)
            let toldAt = try Date(answer["as_of"] ?? "", strategy: milliseconds)
            #expect(toldAt.timeIntervalSinceNow <= -1)
            #expect(Int(answer.headers[.age] ?? "") ?? 0 >= 1)

            // Another sidecar, which has never heard of the payment, knows it from the record.
            let other = try await sidecar.startAnother(port: 0)
            answer = try await other.call(.get, "/v1/payments/\(id)")
            #expect(answer["source"] == "stored")
            #expect(answer["status"] == "processing")
            #expect(try Date(answer["updated_at"] ?? "", strategy: milliseconds) <= Date.now)
            try await other.stop()
        }
    }

    @Test("Payments are found by status and user, newest first, and counted")
    func listed() async throws {
        try await RunningSidecar.with { sidecar in
            let user = "u' ü \(UUID().uuidString)"
            var ids: [String] = []
            for status in ["pending", "processing", "processing"] {
                let id = UUID().uuidString.lowercased()
                ids.append(id)
                let attributes = SearchAttributes(
                    try SearchAttributeKey.keyword("PaymentUserId").set(user),
                    try SearchAttributeKey.keyword("PaymentStatus").set(status))
                _ = try await sidecar.client.startWorkflow(
                    PaymentWorkflow.self, PaymentInput(request: request(id)),
                    options: StartWorkflowOptions(id: id, taskQueue: id, searchAttributes: attributes))
            }
            let encoded = user.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            func list(_ query: String) async throws -> [String] {
                let answer = try await sidecar.call(.get, "/v1/payments?user_id=\(encoded)\(query)")
                #expect(answer.status == 200)
                return (answer.json["payments"] as? [[String: Any]] ?? []).compactMap { $0["payment_id"] as? String }
            }
            let deadline = ContinuousClock.now + .seconds(60)
            while try await list("").count < 3, ContinuousClock.now < deadline {}
            #expect(try await list("") == ids.reversed())
            #expect(try await list("&limit=2") == [ids[2], ids[1]])
            // Nobody works on them, whatever their attributes say.
            #expect(try await list("&status=pending") == ids.reversed())
            #expect(try await list("&status=rejected").isEmpty)
            let minute = Date.now.addingTimeInterval(-60).formatted(milliseconds)
            #expect(try await list("&created_after=\(minute)") == ids.reversed())
            #expect(try await list("&created_before=\(minute)").isEmpty)
            #expect(
                try await list("&created_after=0001-01-01T00:00:00Z&created_before=9999-12-31T23:59:59Z")
                    == ids.reversed())
            for text in [#"x' OR WorkflowType = 'PaymentWorkflow"#, #"x\' OR WorkflowType = \'PaymentWorkflow"#] {
                let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                let answer = try await sidecar.call(.get, "/v1/payments?user_id=\(encoded)")
                #expect(answer.status == 200)
                #expect((answer.json["payments"] as? [Any])?.isEmpty == true)
            }

            let statistics = try await sidecar.call(.get, "/v1/statistics")
            #expect(statistics.status == 200)
            #expect((statistics.json["payments"] as? [String: Int])?["processing"] ?? 0 >= 3)
        }
    }

    private var milliseconds: Date.ISO8601FormatStyle { Date.ISO8601FormatStyle(includingFractionalSeconds: true) }

    private func request(_ id: String) -> PaymentRequest {
        PaymentRequest(
            paymentID: id, userID: "u-1", merchantID: "m-1", amount: Amount(currency: "EUR", minorUnits: 1050),
            methodType: "card", methodToken: "tok_ok")
    }

    /// Starts a payment on a task queue of its own, which is named as the payment.
    private func startPayment(_ sidecar: RunningSidecar) async throws -> String {
        let id = UUID().uuidString.lowercased()
        _ = try await sidecar.client.startWorkflow(
            PaymentWorkflow.self, PaymentInput(request: request(id)),
            options: StartWorkflowOptions(id: id, taskQueue: id))
        return id
    }

    /// Workers whose activities all succeed.
    private func startWorker(_ sidecar: RunningSidecar, queue: String) -> Task<Void, any Error> {
        var activities = Activities()
        activities.register(counting: PaymentActivities.validate) { _, _ in .accepted }
        activities.register(counting: PaymentActivities.authorise) { _, _ in .accepted }
        activities.register(counting: PaymentActivities.settle) { _, _ in SettleResult() }
        activities.register(counting: PaymentActivities.returnFunds) { _, _ in NoValue() }
        activities.register(counting: PaymentActivities.reinstate) { _, _ in .accepted }
        activities.register(PaymentActivities.assessFraud) { _, _ in .init(isSuspicious: false, score: 0, reason: "") }
        activities.register(counting: PaymentActivities.submit) { _, _ in .accepted(reference: "g") }
        activities.register(counting: PaymentActivities.void) { _, _ in NoValue() }
        activities.register(counting: PaymentActivities.publishOutcome) { _, _ in NoValue() }
        activities.register(counting: PaymentActivities.notify) { _, _ in NoValue() }
        let client = sidecar.client
        return Task { [activities] in
            try await withThrowingTaskGroup { group in
                for service in [PaymentService.orchestrator, .gateway, .fraud] {
                    let worker = Worker(
                        client: client, configuration: WorkerConfiguration(taskQueue: service.taskQueue(of: queue)),
                        workflows: service.workflows, activities: activities,
                        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                    group.addTask { try await worker.run() }
                }
                try await group.waitForAll()
            }
        }
    }
}

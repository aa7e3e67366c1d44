import Foundation
import Logging
import LoggingTestSupport
import PaymentSaga
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTestSupport
import TemporalTesting
import Testing

@Suite("Recorded histories of orders, declared sagas and settlement", .timeLimit(.minutes(5)))
struct RecordedSagaTests {
    /// Where `scripts/record-histories` wants new ones; nil in all other runs.
    private static let recordingFolder = ProcessInfo.processInfo.environment["PAYMENT_SAGA_RECORD_SAGA_HISTORIES"]

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Histories")
    private static let workflows: [any Workflow.Type] = [
        OrderFulfilmentWorkflow.self, DeclaredSagaWorkflow.self, SettlementWorkflow.self,
    ]

    @Test(
        "Case 32: every recorded history of every version of the other sagas replays, and leaves nothing of it in memory"
    )
    func replay() async throws {
        let files = FileManager.default.enumerator(at: Self.folder, includingPropertiesForKeys: nil)?.allObjects ?? []
        let histories = files.compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }
        #expect(histories.count >= Course.allCases.count)
        let log = LogRecorder()
        let replayer = WorkflowReplayer(workflows: Self.workflows, logger: log.logger)
        for file in histories.sorted(by: { $0.path < $1.path }) {
            let result = await replayer.replay(try WorkflowHistory(exported: Data(contentsOf: file)))
            #expect(result.verdict == .ok, "\(file.pathComponents.suffix(2).joined(separator: "/"))")
            #expect(log.messages.filter { $0.contains("stays in memory") } == [])
        }
    }

    @Test("Records the histories of this version", .enabled(if: recordingFolder != nil))
    func record() async throws {
        let folder = URL(filePath: try #require(Self.recordingFolder))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let server = try await TemporalDevServer.shared()
        let target = ChannelTarget(host: server.host, port: server.port)
        let client = TemporalClient(try await TemporalConnection.connect(.init(target: target)))
        let worker = Worker(
            client: client, configuration: WorkerConfiguration(taskQueue: TaskQueues.orders),
            workflows: Self.workflows, activities: Self.activities,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup { group in
            group.addTask { try await worker.run() }
            defer { group.cancelAll() }
            for course in Course.allCases {
                let history = try await course.play(client).history()
                var options = JSONEncodingOptions()
                options.useDeterministicOrdering = true
                let json =
                    try Temporal_Api_History_V1_History.with { $0.events = history.events }
                    .jsonUTF8Bytes(options: options) as Data
                try json.write(to: folder.appending(path: "\(course.rawValue).json"))
            }
        }
    }

    /// The courses whose histories are recorded; the first part of the name is the workflow.
    private enum Course: String, CaseIterable {
        case orderFulfilled = "order-fulfilled"
        case orderRefused = "order-refused"
        case orderCancelled = "order-cancelled"
        case declaredCompleted = "declared-completed"
        case declaredUndone = "declared-undone"
        case settlementBatch = "settlement-batch"

        /// Takes a workflow through the course, to its end.
        func play(_ client: TemporalClient) async throws -> UntypedWorkflowHandle {
            let id = "\(rawValue)-\(UUID().uuidString.prefix(8).lowercased())"
            let options = StartWorkflowOptions(id: id, taskQueue: TaskQueues.orders)
            switch self {
            case .orderFulfilled, .orderRefused, .orderCancelled:
                let order = Order(
                    orderID: id, customerID: "user-1", merchantID: "shop-1",
                    items: [.init(productID: "tea", quantity: 1)], total: Amount(currency: "EUR", minorUnits: 10_00))
                let handle = try await client.startWorkflow(OrderFulfilmentWorkflow.self, order, options: options)
                if self == .orderCancelled {
                    let cancellation = Cancellation(requestedBy: "user-1", reason: "changed my mind")
                    try await handle.signal(OrderFulfilmentWorkflow.cancel, cancellation)
                }
                _ = try await handle.result()
                return handle.untyped
            case .declaredCompleted, .declaredUndone:
                var saga = try SagaDefinition(json: Data(contentsOf: SagaDefinitionTests.example)) { _ in 2 }.saga
                if self == .declaredUndone { saga.input = .string("refused") }
                let handle = try await client.startWorkflow(DeclaredSagaWorkflow.self, saga, options: options)
                _ = try? await handle.result()
                return handle.untyped
            case .settlementBatch:
                let state = SettlementState(merchantID: "shop-1", policy: SettlementPolicy(maximumPayments: 2))
                let handle = try await client.startWorkflow(SettlementWorkflow.self, state, options: options)
                let run = client.handle(id: id, runID: try await handle.describe().execution.runID)
                for number in [1, 1, 2] {
                    let payment = SettledPayment(
                        paymentID: "p-\(number)", amount: Amount(currency: "EUR", minorUnits: 10_00))
                    try await handle.signal(SettlementWorkflow.collect, payment)
                }
                while try await run.describe().status.isOpen { try await Task.sleep(for: .milliseconds(20)) }
                try await client.handle(id: id).terminate(reason: "recorded")
                return run
            }
        }
    }

    /// What the services of the sagas answer; an order named so, and a saga's input that is so, are refused.
    private static var activities: Activities {
        var activities = Activities()
        for type in [
            OrderActivities.reserveInventory, OrderActivities.chargePayment, OrderActivities.createShipment,
        ] {
            activities.register(type) { order, _ in
                if order.orderID.hasPrefix("order-refused"), type.name == OrderActivities.createShipment.name {
                    throw ApplicationFailure("no", type: OrderFailure.shipmentRefused, isNonRetryable: true)
                }
                // A signal that cancels the order comes before the shipment is there.
                if order.orderID.hasPrefix("order-cancelled") { try await Task.sleep(for: .seconds(1)) }
                return OrderReference(reference: type.name)
            }
        }
        for type in [
            OrderActivities.releaseInventory, OrderActivities.refundPayment, OrderActivities.cancelShipment,
        ] { activities.register(type) { _, _ in NoValue() } }
        activities.register(OrderActivities.confirm) { _, _ in OrderReference(reference: "m-1") }
        activities.register(OrderActivities.publishOutcome) { _, _ in NoValue() }
        for type in DeclaredActivities.all {
            activities.register(type) { input, _ in
                if input == .string("refused"), type.name == DeclaredActivities.createShipment.name {
                    throw ApplicationFailure("no", type: OrderFailure.shipmentRefused, isNonRetryable: true)
                }
                return .string(type.name)
            }
        }
        activities.register(SettlementActivities.publish) { _, _ in NoValue() }
        return activities
    }
}

import Foundation
import PaymentSaga
import Testing

@Suite("A saga's definition")
struct SagaDefinitionTests {
    static let example = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Examples/order-saga.json")

    static func read(_ json: String) throws(SagaDefinitionError) -> SagaDefinition {
        try SagaDefinition(json: Data(json.utf8)) { ["USD": 2, "JPY": 0][$0] }
    }

    @Test("is read as the example has it")
    func example() throws {
        let definition = try Self.read(String(contentsOf: Self.example, encoding: .utf8))
        #expect(definition.workflowType == "OrderFulfillmentWorkflow")
        #expect(definition.workflowID == "order-saga-order-12345")
        #expect(definition.taskQueue == "order-fulfillment")
        #expect(definition.executionTimeout == .seconds(86_400))
        #expect(definition.runTimeout == .seconds(3600))
        #expect(definition.taskTimeout == .seconds(10))
        let saga = definition.saga
        #expect(
            saga.steps.map(\.activity) == [
                "ReserveInventoryActivity", "ChargePaymentActivity", "CreateShipmentActivity",
                "SendConfirmationEmailActivity",
            ])
        #expect(
            saga.steps.map(\.compensation) == [
                "ReleaseInventoryActivity", "RefundPaymentActivity", "CancelShipmentActivity", nil,
            ])
        #expect(saga.steps.map(\.timeoutMilliseconds) == [30_000, 60_000, 120_000, 30_000])
        #expect(saga.retries.maximumAttempts == 3 && saga.retries.backoffCoefficient == 2)
        #expect(saga.retries.nonRetryableErrorTypes == ["BusinessValidationError", "InsufficientStockError"])
    }

    @Test("keeps amounts to the cent: no number becomes a floating-point one")
    func amounts() throws {
        let definition = try Self.read(String(contentsOf: Self.example, encoding: .utf8))
        // As a worker gets it: the input went through JSON.
        let input = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(definition.saga.input))
        let order = try Order(declared: input, at: "input") { _ in 2 }
        #expect(order.total == Amount(currency: "USD", minorUnits: 229_97))
        #expect(order.items.map(\.quantity) == [2, 1])
        #expect(order.merchantID == "orders-USD")
    }

    @Test(
        "that can't be used is refused with the field and what it must be",
        arguments: [
            (
                "\"ReserveInventoryActivity\"", "\"ReserveStock\"",
                "sagaSteps[0].activity is \"ReserveStock\": it must be one of "
            ),
            ("\"RefundPaymentActivity\"", "\"Refund\"", "sagaSteps[1].compensate is \"Refund\": it must be one of "),
            ("\"PT60S\"", "\"60\"", "sagaSteps[1].timeout is \"60\": it must be an ISO 8601 duration above zero"),
            ("\"PT60S\"", "\"PT0S\"", "sagaSteps[1].timeout is \"PT0S\""),
            ("\"PT24H\"", "24", "workflow.workflowExecutionTimeout is 24"),
            ("\"step\": 2", "\"step\": 5", "sagaSteps[1].step is 5: it must be 2"),
            ("\"maximumAttempts\": 3", "\"maximumAttempts\": -1", "workflow.retryPolicy.maximumAttempts is -1"),
            ("\"maximumAttempts\": 3", "\"maximumAttempts\": 1.5", "workflow.retryPolicy.maximumAttempts is 1.5"),
            (
                "\"backoffCoefficient\": 2.0", "\"backoffCoefficient\": 0.5",
                "workflow.retryPolicy.backoffCoefficient is 0.5"
            ),
            ("\"PT1S\"", "\"PT11S\"", "workflow.retryPolicy.maximumInterval is shorter than initialInterval"),
            ("\"workflowId\"", "\"workflowID\"", "workflow.workflowID is not known"),
            ("\"order-fulfillment\"", "\"orders\"", "workflow.taskQueue is \"orders\": it must be order-fulfillment"),
            ("\"OrderFulfillmentWorkflow\"", "\"Other\"", "workflow.workflowType is \"Other\""),
            ("\"USD\"", "\"usd\"", "workflow.input.currency is \"usd\""),
            (
                "\"USD\"", "\"JPY\"",
                "workflow.input.totalAmount is 229.97: it must be a number above zero with at most 0"
            ),
            (
                "229.97", "229.98",
                "workflow.input.totalAmount is 22998 minor units of USD, but the items add up to 22997"
            ),
            ("49.99", "49.999", "workflow.input.items[0].unitPrice is 49.999"),
            ("\"quantity\": 2", "\"quantity\": 0", "workflow.input.items[0].quantity is 0"),
            ("\"customerId\": \"cust-67890\",", "", "workflow.input.customerId is missing"),
            ("\"sagaSteps\"", "\"steps\"", "steps is not known"),
            ("{\n  \"workflow\"", "\n  \"workflow\"", "the file is not JSON"),
        ])
    func refused(text: String, replacement: String, message: String) throws {
        let json = try String(contentsOf: Self.example, encoding: .utf8)
        try #require(json.contains(text))
        let error = #expect(throws: SagaDefinitionError.self) {
            try Self.read(json.replacing(text, with: replacement, maxReplacements: 1))
        }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test(
        "has ISO 8601 durations",
        arguments: [
            ("PT30S", 30_000), ("PT24H", 86_400_000), ("P1D", 86_400_000), ("P1DT12H", 129_600_000),
            ("P2W", 1_209_600_000),
            ("PT1M30S", 90_000), ("PT0.5S", 500), ("PT1.005S", 1005), ("PT0S", 0),
        ])
    func durations(text: String, milliseconds: Int64) {
        #expect(Duration(iso8601: text) == .milliseconds(milliseconds))
    }

    @Test(
        "refuses what is no such duration",
        arguments: [
            "", "P", "PT", "30S", "PT30", "P1Y", "P1M", "PT1S30M", "PT1H1H", "PT1.5H1S", "PT1.S", "PT.5S", "PT1.0005S",
            "PT-1S", "pt1s", "P1DT", "PT99999999999999999999S",
        ])
    func noDurations(text: String) { #expect(Duration(iso8601: text) == nil) }
}

import Kafka
public import PaymentEvents
public import PaymentSaga
import SwiftProtobuf
import Temporal

extension Route {
    /// The route of the order saga: an order that is placed starts its fulfilment.
    ///
    /// - Parameter taskQueue: Where workers take up the orders.
    public static func orders(
        topics: Topics = Topics(), taskQueue: String = TaskQueues.orders
    ) -> Route {
        Route(topic: topics.orderRequests, OrderPlaced.self) { event, record, attributes in
            let digest = try ContentDigest(of: event)
            return .start(
                StartCommand(
                    workflowType: OrderFulfilmentWorkflow.workflowType, workflowID: event.orderID, taskQueue: taskQueue,
                    requestID: RequestID.derive(from: record, attributes, digest),
                    input: try DataConverter.standard.payloads(encoding: Order(event)), digest: digest.text))
        }
    }
}

extension Order {
    fileprivate init(_ event: OrderPlaced) {
        self.init(
            orderID: event.orderID, customerID: event.customerID, merchantID: event.merchantID,
            items: event.items.map { Item(productID: $0.productID, quantity: $0.quantity) },
            total: Amount(currency: event.total.currency, minorUnits: event.total.minorUnits))
    }
}

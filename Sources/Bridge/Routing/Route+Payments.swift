import Kafka
public import PaymentEvents
public import PaymentSaga
import SwiftProtobuf
import Temporal

extension Route {
    /// The routes of the payment saga: requests start payments; confirmations and cancellations are signals to them.
    ///
    /// - Parameters:
    ///   - policy: The limits given to every payment that is started.
    ///   - taskQueue: Where workers take up the payments.
    public static func payments(
        topics: Topics = Topics(), policy: PaymentPolicy = PaymentPolicy(), taskQueue: String = TaskQueues.payments
    ) -> [Route] {
        [
            requests(topics.requests, policy, taskQueue), confirmations(topics.confirmations),
            cancellations(topics.cancellations),
        ]
    }

    private static func requests(_ topic: String, _ policy: PaymentPolicy, _ taskQueue: String) -> Route {
        Route(topic: topic, PaymentRequested.self) { event, record, attributes in
            let digest = try ContentDigest(of: event.withoutTime)
            let input = PaymentInput(request: PaymentRequest(event), policy: policy)
            return .start(
                StartCommand(
                    workflowType: PaymentWorkflow.workflowType, workflowID: event.paymentID, taskQueue: taskQueue,
                    requestID: RequestID.derive(from: record, attributes, digest),
                    input: try DataConverter.standard.payloads(encoding: input), digest: digest.text))
        }
    }

    private static func confirmations(_ topic: String) -> Route {
        Route(topic: topic, GatewayConfirmation.self) { event, record, attributes in
            .signal(
                SignalCommand(
                    name: PaymentWorkflow.confirmation.name, workflowID: event.paymentID,
                    requestID: RequestID.derive(from: record, attributes, try ContentDigest(of: event)),
                    input: try DataConverter.standard.payloads(encoding: Confirmation(event)),
                    reasonWhenLate: .lateConfirmation))
        }
    }

    private static func cancellations(_ topic: String) -> Route {
        Route(topic: topic, CancellationRequested.self) { event, record, attributes in
            let cancellation = Cancellation(requestedBy: event.requestedBy, reason: event.reason)
            return .signal(
                SignalCommand(
                    name: PaymentWorkflow.cancel.name, workflowID: event.paymentID,
                    requestID: RequestID.derive(from: record, attributes, try ContentDigest(of: event)),
                    input: try DataConverter.standard.payloads(encoding: cancellation),
                    reasonWhenLate: .lateCancellation))
        }
    }
}

extension PaymentRequested {
    /// A requester that repeats itself may stamp the repetition with a new time; it is the same payment still.
    fileprivate var withoutTime: PaymentRequested {
        var copy = self
        copy.clearRequestedAt()
        return copy
    }
}

extension PaymentRequest {
    fileprivate init(_ event: PaymentRequested) {
        self.init(
            paymentID: event.paymentID, userID: event.userID, merchantID: event.merchantID,
            amount: Amount(currency: event.amount.currency, minorUnits: event.amount.minorUnits),
            methodType: event.paymentMethod.type, methodToken: event.paymentMethod.token)
    }
}

extension Confirmation {
    /// - Parameter event: One that was validated: its status is one of two.
    fileprivate init(_ event: GatewayConfirmation) {
        self.init(
            confirmationID: event.confirmationID, status: event.status == .approved ? .approved : .declined,
            gatewayReference: event.gatewayReference, reason: event.reason)
    }
}

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
    ///   - taskQueue: Where workers take up the payments, and what follows from late confirmations.
    public static func payments(
        topics: Topics = Topics(), policy: PaymentPolicy = PaymentPolicy(), taskQueue: String = TaskQueues.payments
    ) -> [Route] {
        [
            requests(topics.requests, policy, taskQueue), confirmations(topics.confirmations, taskQueue),
            cancellations(topics.cancellations),
        ]
    }

    private static func requests(_ topic: String, _ policy: PaymentPolicy, _ taskQueue: String) -> Route {
        Route(topic: topic, PaymentRequested.self) { event, record, attributes in
            let digest = try ContentDigest(of: event)
            let request = PaymentRequest(event)
            let input = PaymentInput(request: request, policy: policy)
            return .start(
                StartCommand(
                    workflowType: PaymentWorkflow.workflowType, workflowID: event.paymentID, taskQueue: taskQueue,
                    requestID: RequestID.derive(from: record, attributes, digest),
                    input: try DataConverter.standard.payloads(encoding: input), digest: digest.text,
                    searchAttributes: try PaymentAttributes.initial(of: request)))
        }
    }

    private static func confirmations(_ topic: String, _ taskQueue: String) -> Route {
        Route(topic: topic, GatewayConfirmation.self) { event, record, attributes in
            let digest = try ContentDigest(of: event)
            let requestID = RequestID.derive(from: record, attributes, digest)
            let confirmation = Confirmation(event)
            let late = LateConfirmation(paymentID: event.paymentID, confirmation: confirmation)
            return .signal(
                SignalCommand(
                    name: PaymentWorkflow.confirmation.name, workflowID: event.paymentID, requestID: requestID,
                    input: try DataConverter.standard.payloads(encoding: confirmation),
                    whenLate: .start(
                        StartCommand(
                            workflowType: LateConfirmationWorkflow.workflowType,
                            workflowID: LateConfirmationWorkflow.id(of: event.paymentID), taskQueue: taskQueue,
                            requestID: requestID, input: try DataConverter.standard.payloads(encoding: late),
                            digest: digest.text))))
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
                    whenLate: .deadLetter(.lateCancellation)))
        }
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

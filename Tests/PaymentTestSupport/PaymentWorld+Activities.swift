import PaymentSaga
public import Temporal

extension PaymentWorld {
    /// Implementations of all that payments ask for. A lost answer of the gateway is told as an unknown result, as the real client does.
    public var activities: Activities {
        var activities = Activities()
        registerLedger(in: &activities)
        registerGateway(in: &activities)
        activities.register(PaymentActivities.assessFraud) { [self] request, context in
            try call(PaymentActivities.assessFraud.name, request.paymentID) { state in
                let isSuspicious = state.suspicious.contains(request.paymentID)
                return FraudAssessment(isSuspicious: isSuspicious, score: isSuspicious ? 90 : 5, reason: "")
            }
        }
        activities.register(counting: PaymentActivities.publishOutcome) { [self] announcement, _ in
            try call(PaymentActivities.publishOutcome.name, announcement.request.paymentID) { state in
                let (id, status) = (announcement.request.paymentID, announcement.result.status.rawValue)
                state.evidence.outcomes.append(
                    .init(eventID: "\(id)/outcome/\(status)", paymentID: id, status: status))
                return NoValue()
            }
        }
        activities.register(counting: PaymentActivities.notify) { [self] order, _ in
            let id = order.announcement.request.paymentID
            return try call("\(PaymentActivities.notify.name).\(order.channel.rawValue)", id) { state in
                state.notified.insert("\(id)/\(order.channel.rawValue)")
                return NoValue()
            }
        }
        return activities
    }

    private func registerLedger(in activities: inout Activities) {
        activities.register(counting: PaymentActivities.validate) { [self] request, _ in
            try call(PaymentActivities.validate.name, request.paymentID) { $0.validate(request) }
        }
        activities.register(counting: PaymentActivities.authorise) { [self] request, _ in
            try call(PaymentActivities.authorise.name, request.paymentID) { try $0.authorise(request) }
        }
        activities.register(counting: PaymentActivities.settle) { [self] request, _ in
            try call(PaymentActivities.settle.name, request.paymentID) { state in
                try state.settle(request)
                if state.isSettlementSlow { return SettleResult(isLeftToCollect: true) }
                state.evidence.collected?.insert(request.paymentID)
                return SettleResult()
            }
        }
        activities.register(counting: PaymentActivities.collect) { [self] request, _ in
            try call(PaymentActivities.collect.name, request.paymentID) { state in
                state.evidence.collected?.insert(request.paymentID)
                return NoValue()
            }
        }
        activities.register(counting: PaymentActivities.returnFunds) { [self] request, _ in
            try call(PaymentActivities.returnFunds.name, request.paymentID) { try $0.returnFunds(request) }
            return NoValue()
        }
        activities.register(counting: PaymentActivities.reinstate) { [self] request, _ in
            try call(PaymentActivities.reinstate.name, request.paymentID) { $0.reinstate(request) }
        }
    }

    private func registerGateway(in activities: inout Activities) {
        activities.register(counting: PaymentActivities.submit) { [self] request, _ in
            do {
                return try call(PaymentActivities.submit.name, request.paymentID) { $0.submit(request.paymentID) }
            } catch let failure as ApplicationFailure where failure.message.contains("lost") {
                // As the real client does it when asking once does not help either.
                return .unknown(reason: "the answer was lost")
            }
        }
        activities.register(counting: PaymentActivities.inquire) { [self] request, _ in
            try call(PaymentActivities.inquire.name, request.paymentID) { state in
                state.evidence.charges[request.paymentID].map(State.result) ?? .absent
            }
        }
        activities.register(counting: PaymentActivities.void) { [self] request, _ in
            try call(PaymentActivities.void.name, request.paymentID) { state in
                let charge = state.evidence.charges[request.paymentID]
                if charge != .declined, charge != .refunded { state.evidence.charges[request.paymentID] = .voided }
            }
            return NoValue()
        }
        activities.register(counting: PaymentActivities.refund) { [self] request, _ in
            try call(PaymentActivities.refund.name, request.paymentID) { state in
                let charge = state.evidence.charges[request.paymentID]
                if charge == .accepted || charge == .voided { state.evidence.charges[request.paymentID] = .refunded }
            }
            return NoValue()
        }
    }
}

extension PaymentWorld.State {
    static func result(_ charge: PaymentEvidence.Charge) -> GatewayResult {
        switch charge {
        case .accepted: .accepted(reference: "charge")
        case .declined: .declined(reason: "the card expired")
        case .voided, .refunded: .declined(reason: "the gateway has voided the payment")
        }
    }

    mutating func submit(_ paymentID: String) -> GatewayResult {
        let charge = evidence.charges[paymentID] ?? (declined.contains(paymentID) ? .declined : .accepted)
        evidence.charges[paymentID] = charge
        return Self.result(charge)
    }
}

import Foundation

/// How far a payment has come, kept by its workflow for whoever asks.
struct PaymentProgress {
    private(set) var view: PaymentStatusView

    init(_ request: PaymentRequest) {
        view = PaymentStatusView(
            paymentID: request.paymentID, userID: request.userID, merchantID: request.merchantID,
            amount: request.amount, status: .pending, stage: "received", updatedAt: Date(timeIntervalSince1970: 0))
    }

    mutating func begin(startedAt start: Date, at now: Date) {
        view.status = .processing
        view.createdAt = start
        view.updatedAt = now
    }

    /// Begins a step, or goes on with one that was tried before.
    mutating func start(_ step: PaymentStep, at now: Date) {
        view.stage = step.rawValue
        view.updatedAt = now
        if let index = index(of: step) {
            view.steps[index].state = .running
            view.steps[index].endedAt = nil
        } else {
            view.steps.append(StepRecord(name: step.rawValue, state: .running, startedAt: now))
        }
    }

    mutating func count(_ attempts: Int, of step: PaymentStep) {
        guard let index = index(of: step) else { return }
        view.steps[index].attempts = (view.steps[index].attempts ?? 0) + attempts
    }

    mutating func finish(_ step: PaymentStep, error: String?, at now: Date) {
        guard let index = index(of: step) else { return }
        view.steps[index].state = error == nil ? .succeeded : .failed
        view.steps[index].endedAt = now
        view.steps[index].error = error
        view.updatedAt = now
    }

    mutating func stick(at step: PaymentStep?, at now: Date) {
        view.stuckStep = step?.rawValue
        view.updatedAt = now
    }

    mutating func note(_ intervention: Intervention) {
        view.interventions.append(intervention)
        view.updatedAt = intervention.at
    }

    mutating func override(_ step: PaymentStep, at now: Date) {
        guard let index = index(of: step) else { return }
        view.steps[index].state = .overridden
        view.updatedAt = now
    }

    mutating func note(_ inbox: ConfirmationInbox) {
        view.contradictions = inbox.contradictions
        view.lateConfirmation = inbox.late
    }

    mutating func note(gatewayReference: String?) { view.gatewayReference = gatewayReference }

    mutating func refuseCancellation(_ reason: String) { view.refusedCancellation = reason }

    mutating func end(_ result: PaymentResult, at now: Date) {
        view.status = result.status
        view.reasonCode = result.reasonCode
        for index in view.steps.indices where view.steps[index].state == .running {
            view.steps[index].state = .abandoned
            view.steps[index].endedAt = now
        }
        view.updatedAt = now
    }

    private func index(of step: PaymentStep) -> Int? { view.steps.lastIndex { $0.name == step.rawValue } }
}

import Foundation

/// How far a payment has come, kept by its workflow for whoever asks.
struct PaymentProgress {
    private(set) var view: PaymentStatusView

    init(_ request: PaymentRequest) {
        view = PaymentStatusView(
            paymentID: request.paymentID, userID: request.userID, amount: request.amount, status: .pending,
            stage: "received", reasonCode: nil, updatedAt: Date(timeIntervalSince1970: 0), steps: [])
    }

    mutating func begin(at now: Date) {
        view.status = .processing
        view.updatedAt = now
    }

    mutating func start(_ step: String, at now: Date) {
        view.stage = step
        view.steps.append(StepRecord(name: step, state: .running, startedAt: now))
        view.updatedAt = now
    }

    mutating func finish(_ step: String, error: String?, at now: Date) {
        guard let index = view.steps.lastIndex(where: { $0.name == step }) else { return }
        view.steps[index].state = error == nil ? .succeeded : .failed
        view.steps[index].endedAt = now
        view.steps[index].error = error
        view.updatedAt = now
    }

    /// Notes a step that had no influence on the payment.
    mutating func record(_ step: String, error: String?, at now: Date) {
        view.steps.append(StepRecord(name: step, state: .running, startedAt: now))
        finish(step, error: error, at: now)
    }

    mutating func end(_ result: PaymentResult, at now: Date) {
        view.status = result.status
        view.reasonCode = result.reasonCode
        for index in view.steps.indices where view.steps[index].state == .running {
            view.steps[index].state = .abandoned
            view.steps[index].endedAt = now
        }
        view.updatedAt = now
    }
}

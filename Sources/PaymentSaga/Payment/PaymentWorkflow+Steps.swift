import Foundation
import Logging
import Temporal

/// What an operator wants to be done with a stuck step.
enum AnswerToStuck {
    case resume
    case force(ForcedOutcome)
}

extension PaymentWorkflow {
    /// Does a step, and keeps record of it.
    func step(_ step: PaymentStep, _ context: WorkflowContext, _ body: () async throws -> Void) async throws {
        progress.start(step, at: context.now)
        do {
            try await body()
        } catch let error as CancellationError {
            // The payment ends without it.
            throw error
        } catch {
            progress.finish(step, error: "\(error)", at: context.now)
            throw error
        }
        progress.finish(step, error: nil, at: context.now)
    }

    /// Does a step that must happen, for as long as that takes: ever more seldom, and visible to operators.
    /// - Returns: What an operator forced instead; nil when the step is done.
    func persist(
        _ step: PaymentStep, _ context: WorkflowContext, _ body: () async throws -> Void
    ) async throws -> ForcedOutcome? {
        var pause = StuckPause()
        while true {
            do {
                try await self.step(step, context, body)
                try unstick(context)
                return nil
            } catch let failure as ActivityFailure {
                try stick(at: step, because: failure, context)
            }
            _ = try await context.wait(until: { self.answerToStuck != nil }, timeout: pause.next())
            switch answerToStuck {
            case nil: continue
            case .resume:
                answerToStuck = nil
                pause = StuckPause()
            case .force(let forced):
                answerToStuck = nil
                progress.override(step, at: context.now)
                try unstick(context)
                return forced
            }
        }
    }

    /// Runs an activity as part of a step.
    func perform<Input, Value>(
        _ activity: ActivityType<Input, Attempted<Value>>, _ input: Input, _ service: PaymentService,
        _ step: PaymentStep, _ context: WorkflowContext, within limits: StepLimits
    ) async throws -> Value {
        do {
            let result = try await context.perform(
                activity, input, by: service, placement: self.input.policy.placement, within: limits)
            progress.count(result.attempt, of: step)
            return result.value
        } catch let failure as ActivityFailure {
            let isFinal = (failure.cause as? ApplicationFailure)?.isNonRetryable ?? false
            progress.count(isFinal ? 1 : max(1, limits.retryPolicy.maximumAttempts), of: step)
            throw failure
        }
    }

    /// Runs an activity whose failure is for the caller to judge, and whose answer is a yes or no.
    func perform(
        _ activity: ActivityType<PaymentRequest, Attempted<ValidationResult>>, _ input: PaymentRequest,
        _ service: PaymentService, _ step: PaymentStep, _ context: WorkflowContext
    ) async throws -> ValidationResult {
        try await perform(activity, input, service, step, context, within: .attempted)
    }

    /// Runs an activity that must happen, a few times.
    func perform<Input>(
        _ activity: ActivityType<Input, Attempted<NoValue>>, _ input: Input, _ service: PaymentService,
        _ step: PaymentStep, _ context: WorkflowContext
    ) async throws {
        let _: NoValue = try await perform(activity, input, service, step, context, within: .required)
    }

    func resume(_ request: ResumeRequest, _ context: WorkflowContext) -> PaymentStatusView {
        intervene(.resume, by: request.operatorName, request.reason, status: nil, context)
        answerToStuck = .resume
        return progress.view
    }

    func force(_ forced: ForcedOutcome, _ context: WorkflowContext) -> PaymentStatusView {
        intervene(.forceOutcome, by: forced.operatorName, forced.reason, status: forced.status, context)
        answerToStuck = .force(forced)
        return progress.view
    }

    private func intervene(
        _ action: Intervention.Action, by operatorName: String, _ reason: String,
        status: PaymentStatusView.Status?, _ context: WorkflowContext
    ) {
        progress.note(
            Intervention(
                action: action, step: progress.view.stuckStep ?? "", operatorName: operatorName, reason: reason,
                forcedStatus: status, at: context.now))
        context.logger.notice(
            "an operator intervened",
            metadata: ["action": "\(action.rawValue)", "operator": "\(operatorName)", "reason": "\(reason)"])
    }

    private func stick(at step: PaymentStep, because failure: ActivityFailure, _ context: WorkflowContext) throws {
        context.logger.error("payment stuck at \(step.rawValue): \(failure)")
        progress.stick(at: step, at: context.now)
        try PaymentAttributes.setStuck(true, context)
    }

    private func unstick(_ context: WorkflowContext) throws {
        guard progress.view.stuckStep != nil else { return }
        progress.stick(at: nil, at: context.now)
        try PaymentAttributes.setStuck(false, context)
    }
}

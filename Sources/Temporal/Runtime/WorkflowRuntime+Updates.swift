import TemporalAPI

extension WorkflowRuntime {
    /// Starts the handler of an update.
    /// - Returns: false when there is none.
    func start(_ update: WorkflowUpdate, _ code: any WorkflowCode, _ context: WorkflowContext) -> Bool {
        guard let handler = context.handlers.updates[update.name] ?? code.updateHandler(update.name) else {
            return false
        }
        let execution = HandlerExecution(
            kind: .update, name: update.name, updateID: update.id, unfinishedPolicy: handler.unfinishedPolicy,
            group: .update(id: update.id))
        Self.startRoot(context, execution) {
            await UpdateInfo.$current.withValue(UpdateInfo(id: update.id, name: update.name)) {
                await Self.run(update, handler, context)
            }
        }
        return true
    }

    /// Starts updates whose handler was added meanwhile, one after the other, and answers those that still have none.
    func startHeldUpdates(_ code: any WorkflowCode, _ context: WorkflowContext) {
        while let index = context.heldUpdates.firstIndex(where: { context.handlers.updates[$0.name] != nil }) {
            let update = context.heldUpdates.remove(at: index)
            context.executor.drive { _ = start(update, code, context) }
            settle(context)
        }
        for update in context.heldUpdates {
            guard update.isNew else {
                context.taskFailure = .nondeterminism(
                    "history has update \"\(update.name)\", which the code does not handle")
                break
            }
            let known = (code.updateNames + context.handlers.updates.keys).sorted().joined(separator: ", ")
            let failure = ApplicationFailure(
                "no update \"\(update.name)\" here; known are \(known)", type: "UnknownUpdate")
            context.respond(to: update, .rejected(context.converter.failureConverter.failure(from: failure)))
        }
        context.heldUpdates = []
    }

    private static func run(_ update: WorkflowUpdate, _ handler: UpdateHandler, _ context: WorkflowContext) async {
        let body: UpdateHandler.Body
        do {
            body = try context.readOnly { try context.prepare(update, by: handler) }
        } catch let violation as ReadOnlyViolation {
            let offence = violation == .asked ? "ask for anything" : "let tasks of its workflow go on"
            context.taskFailure = .unhandled("the validator of update \"\(update.name)\" must not \(offence)")
            return
        } catch {
            context.respond(to: update, .rejected(context.converter.failureConverter.failure(from: error)))
            return
        }
        context.respond(to: update, .accepted)
        do {
            let result = try await body(context)
            context.respond(to: update, .completed(.success(result)))
        } catch {
            guard !context.isTearingDown, !(error is RunEvictedError) else { return }
            if context.failsWorkflow(error) {
                let failure = context.converter.failureConverter.failure(from: error)
                context.respond(to: update, .completed(.failure(.init(failure: failure))))
            } else if context.taskFailure == nil {
                context.taskFailure = .unhandled("update \"\(update.name)\" threw \(Swift.type(of: error)): \(error)")
            }
        }
    }
}

extension WorkflowContext {
    fileprivate func respond(to update: WorkflowUpdate, _ response: UpdateResponse) {
        outbox.append(.respondToUpdate(sequence: update.sequence, response))
    }
}

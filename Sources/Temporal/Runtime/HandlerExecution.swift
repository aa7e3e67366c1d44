import Logging

/// What to do when a run ends while a handler of a signal or an update has not.
public enum HandlerUnfinishedPolicy: Sendable, Hashable {
    /// Log a warning: work may have been cut short, and whoever sent an update gets an error.
    case warnAndAbandon
    /// Say nothing: nobody minds.
    case abandon
}

/// A handler at work.
struct HandlerExecution {
    enum Kind { case signal, update }

    var kind: Kind
    var name: String
    var updateID: String?
    var unfinishedPolicy: HandlerUnfinishedPolicy
    var group: EventGroup
}

extension WorkflowContext {
    /// True when no handler of a signal or an update is at work. Wait for it before the workflow ends, so that none is cut short.
    public var allHandlersFinished: Bool { handlerExecutions.isEmpty }

    /// To be called when the code has said what it wants: says which handlers an end of the run cuts short.
    func warnOfUnfinishedHandlers() {
        let isEnding = outbox.contains(where: \.isClose)
        guard isEnding else { return }
        for (_, handler) in handlerExecutions.sorted(by: { $0.key < $1.key })
        where handler.unfinishedPolicy == .warnAndAbandon {
            logger.warning(
                """
                [TMPRL1102] the workflow ends while a handler is still at work: what it does is cut short, and who sent an update gets \
                an error. Wait for allHandlersFinished, or give the handler the policy .abandon
                """,
                metadata: ["handler": "\(handler.kind) \(handler.name)", "update_id": "\(handler.updateID ?? "")"])
        }
    }
}

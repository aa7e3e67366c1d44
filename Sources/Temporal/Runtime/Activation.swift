package import SwiftProtobuf
package import TemporalAPI

/// What happened to a run since its code last had a say, to be applied together before the code goes on.
package struct Activation {
    package var runID: String
    /// The run's own clock: the start time of the workflow task being worked on.
    package var now: Google_Protobuf_Timestamp
    package var isReplaying: Bool
    package var historyLength: Int64
    package var historySizeBytes: Int64
    package var suggestsContinueAsNew: Bool
    package var continueAsNewReasons: [ContinueAsNewReason]
    package var buildID: String
    package var jobs: [Job]

    /// The question that is all there is.
    var query: WorkflowQuery? {
        guard case .query(let query)? = jobs.first else { return nil }
        return query
    }
}

/// One input of workflow code.
package enum Job {
    case start(WorkflowStart)
    case patch(id: String)
    case reseed(runID: String)
    case signal(WorkflowSignal)
    case update(WorkflowUpdate)
    case cancelWorkflow(reason: String)
    case resolveTimer(sequence: Int)
    case resolveActivity(sequence: Int, OperationResult)
    case resolveChildStart(sequence: Int, ChildStart)
    case resolveChild(sequence: Int, OperationResult)
    /// With what went wrong, if anything.
    case resolveSignalExternal(sequence: Int, Failure?)
    /// With what went wrong, if anything.
    case resolveCancelExternal(sequence: Int, Failure?)
    case resolveLocalActivity(sequence: Int, LocalActivityResult)
    case query(WorkflowQuery)

    /// Jobs are applied in this order, whatever order their events have: patches must be known and signals seen before anything resumes.
    var rank: Int {
        switch self {
        case .start: 1
        case .patch: 2
        case .reseed: 3
        case .signal, .update: 4
        case .cancelWorkflow, .resolveTimer, .resolveActivity, .resolveChildStart, .resolveChild,
            .resolveSignalExternal, .resolveCancelExternal:
            5
        case .resolveLocalActivity: 6
        case .query: 7
        }
    }
}

/// What came of the start of a child.
package enum ChildStart {
    case started(runID: String)
    case alreadyExists(workflowID: String, type: String)
    case failed(Failure)
    /// It was cancelled before it was asked for.
    case canceled(Failure)
}

/// How an operation asked for by workflow code ended.
package enum OperationResult: Sendable {
    case completed(Payloads)
    case failed(Failure)
    case canceled(Failure)
}

/// A failure in its wire form, as the error of a result.
package struct FailureError: Error {
    package var failure: Failure
}

/// The first event of a run, with what it says about time and place.
package struct WorkflowStart {
    package var workflowID: String
    package var startTime: Google_Protobuf_Timestamp
    package var attributes: Temporal_Api_History_V1_WorkflowExecutionStartedEventAttributes
}

/// A message to the run.
package struct WorkflowSignal: Sendable {
    package var name: String
    package var input: Payloads
    package var headers: [String: Payload]
    /// The event that brought it; it names the group of what the handler asks for.
    package var eventID: Int64
}

/// A request to change the run and answer with a value.
package struct WorkflowUpdate {
    /// The answer goes to the request of this number.
    package var sequence: Int
    package var id: String
    package var name: String
    package var input: Payloads
    package var headers: [String: Payload] = [:]
    /// False for an update that history says was accepted.
    package var isNew: Bool
}

package struct WorkflowQuery {
    /// Empty for a query that came as a task of its own.
    package var id: String
    package var type: String
    package var input: Payloads
    package var headers: [String: Payload] = [:]
}

/// What workflow code asked for, in the order in which it asked.
package enum CodeCommand: Sendable {
    case startTimer(sequence: Int, Duration, summary: String?)
    case cancelTimer(sequence: Int)
    case scheduleActivity(sequence: Int, ScheduleActivity)
    case scheduleLocalActivity(sequence: Int, ScheduleLocalActivity)
    /// An activity, or a local one: they are numbered together.
    case cancelActivity(sequence: Int)
    case startChild(sequence: Int, StartChild)
    case cancelChild(sequence: Int, reason: String)
    case signalExternal(sequence: Int, SignalExternal)
    case cancelSignalExternal(sequence: Int)
    case cancelExternal(sequence: Int, CancelExternal)
    case upsertSearchAttributes([String: Payload])
    case upsertMemo([String: Payload])
    case patch(id: String, isDeprecated: Bool)
    case respondToUpdate(sequence: Int, UpdateResponse)
    case close(WorkflowClose)
    /// On behalf of a handler.
    indirect case grouped(EventGroup, CodeCommand)

    /// True when it ends the run.
    var isClose: Bool {
        switch self {
        case .close: true
        case .grouped(_, let command): command.isClose
        default: false
        }
    }
}

package struct CancelExternal {
    package var workflowID: String
    /// Empty for the run that is current.
    package var runID: String
    package var reason: String
}

/// What the code says to a request for an update; after the first answer, one that accepts, comes a second.
package enum UpdateResponse {
    case accepted
    case rejected(Failure)
    case completed(Result<Payload, FailureError>)
}

/// How a run ends.
package enum WorkflowClose {
    case complete(Payloads)
    case fail(Failure)
    case cancel
    /// What is left unset is taken over from this run.
    case continueAsNew(Temporal_Api_Command_V1_ContinueAsNewWorkflowExecutionCommandAttributes)
}

/// What came of an activation.
package enum CodeOutput {
    case commands([CodeCommand])
    case answer(QueryAnswer)
    /// The code could not go on: a bug, not a failed workflow.
    case failed(WorkflowTaskFailure)
}

package struct QueryAnswer {
    package var query: WorkflowQuery
    package var result: Result<Payload, FailureError>
    /// True when the query did something to the run that can't be taken back.
    package var breaksRun = false
}

/// Why a workflow task is failed; the server hands the task out again later.
package struct WorkflowTaskFailure: Error {
    package var cause: Temporal_Api_Enums_V1_WorkflowTaskFailedCause
    package var failure: Failure

    package static func nondeterminism(_ message: String) -> WorkflowTaskFailure {
        .init(cause: .nonDeterministicError, message: "[TMPRL1100] Nondeterminism error: \(message)")
    }

    package static func unhandled(_ message: String) -> WorkflowTaskFailure {
        .init(cause: .workflowWorkerUnhandledFailure, message: message)
    }

    static func tooLarge(_ message: String) -> WorkflowTaskFailure {
        .init(cause: .grpcMessageTooLarge, message: message)
    }

    package static func deadlock(after limit: Duration) -> WorkflowTaskFailure {
        .init(
            cause: .workflowWorkerUnhandledFailure,
            message: """
                [TMPRL1101] Potential deadlock detected: the workflow did not wait or end within \(limit). It blocks its thread: a lock \
                or semaphore, blocking I/O, or an endless loop.
                """)
    }

    static func unhandled(_ error: any Error) -> WorkflowTaskFailure {
        .init(cause: .workflowWorkerUnhandledFailure, error)
    }

    private init(cause: Temporal_Api_Enums_V1_WorkflowTaskFailedCause, message: String) {
        self.init(cause: cause, ApplicationFailure(message, type: "WorkflowTaskFailure"))
    }

    private init(cause: Temporal_Api_Enums_V1_WorkflowTaskFailedCause, _ error: any Error) {
        self.cause = cause
        self.failure = FailureConverter().failure(from: error)
    }
}

/// Drives workflow code. The run's state machine knows the code by this protocol alone, so tests can script it.
package protocol WorkflowDriver {
    mutating func activate(_ activation: Activation) -> CodeOutput
    /// True while tasks of the run have not ended.
    var hasTasks: Bool { get }
    /// Ends all tasks of the run without effect.
    /// - Returns: the number of tasks that could not be ended, and were left behind.
    @discardableResult
    mutating func tearDown() -> Int
}

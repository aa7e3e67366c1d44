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
    package var jobs: [Job]
}

/// One input of workflow code.
package enum Job {
    case start(WorkflowStart)
    case patch(id: String)
    case reseed(runID: String)
    case signal(name: String, input: Payloads)
    case cancelWorkflow(reason: String)
    case resolveTimer(sequence: Int)
    case resolveActivity(sequence: Int, OperationResult)
    case resolveChildStart(sequence: Int, Result<String, FailureError>)
    case resolveChild(sequence: Int, OperationResult)
    case query(WorkflowQuery)

    /// Jobs are applied in this order, whatever order their events have: patches must be known and signals seen before anything resumes.
    var rank: Int {
        switch self {
        case .start: 1
        case .patch: 2
        case .reseed: 3
        case .signal: 4
        case .cancelWorkflow, .resolveTimer, .resolveActivity, .resolveChildStart, .resolveChild: 5
        case .query: 7
        }
    }
}

/// How an operation asked for by workflow code ended.
package enum OperationResult {
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

package struct WorkflowQuery {
    /// Empty for a query that came as a task of its own.
    package var id: String
    package var type: String
    package var input: Payloads
}

/// What workflow code asked for, in the order in which it asked.
package enum CodeCommand {
    case startTimer(sequence: Int, Duration)
    case cancelTimer(sequence: Int)
    case scheduleActivity(sequence: Int, ScheduleActivity)
    case cancelActivity(sequence: Int)
    case startChild(sequence: Int, StartChild)
    case cancelChild(sequence: Int)
    case patch(id: String, isDeprecated: Bool)
    case close(WorkflowClose)
}

package struct ScheduleActivity {
    package var type: String
    package var input: Payloads
    package var options: ActivityOptions
}

package struct StartChild {
    package var type: String
    package var input: Payloads
    package var options: ChildWorkflowOptions
    package var workflowID: String
}

/// How a run ends.
package enum WorkflowClose {
    case complete(Payloads)
    case fail(Failure)
    case cancel
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
}

/// Why a workflow task is failed; the server hands the task out again later.
package struct WorkflowTaskFailure: Error {
    package var cause: Temporal_Api_Enums_V1_WorkflowTaskFailedCause
    package var failure: Failure

    static func nondeterminism(_ message: String) -> WorkflowTaskFailure {
        .init(cause: .nonDeterministicError, message: "[TMPRL1100] Nondeterminism error: \(message)")
    }

    static func unhandled(_ message: String) -> WorkflowTaskFailure {
        .init(cause: .workflowWorkerUnhandledFailure, message: message)
    }

    static func tooLarge(_ message: String) -> WorkflowTaskFailure {
        .init(cause: .grpcMessageTooLarge, message: message)
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
    /// Ends all tasks of the run without effect.
    mutating func tearDown()
}

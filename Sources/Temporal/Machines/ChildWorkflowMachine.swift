import SwiftProtobuf
import TemporalAPI

/// A child workflow: started by the server on our behalf, with a life of its own.
struct ChildWorkflowMachine: Machine {
    enum State {
        case startRequested, initiated, started
        /// Cancelled for the code; what still comes of it is of no interest.
        case abandoned
        case done
    }

    private(set) var state = State.startRequested
    let sequence: Int
    private let type: String
    private let workflowID: String
    private let namespace: String
    private let cancellationType: CancellationType
    private var runID = ""
    private var initiatedEventID: Int64 = 0
    private var startedEventID: Int64 = 0
    private var isCancelSent = false

    static func start(
        sequence: Int, _ start: StartChild, defaultTaskQueue: String, namespace: String
    ) -> (ChildWorkflowMachine, Command) {
        let options = start.options
        let command = Command.with {
            $0.commandType = .startChildWorkflowExecution
            if let summary = options.staticSummary { $0.userMetadata.summary = .text(summary) }
            if let details = options.staticDetails { $0.userMetadata.details = .text(details) }
            $0.startChildWorkflowExecutionCommandAttributes = .with {
                $0.namespace = namespace
                $0.workflowID = start.workflowID
                $0.workflowType.name = start.type
                $0.taskQueue.name = options.taskQueue ?? defaultTaskQueue
                $0.taskQueue.kind = .normal
                $0.inheritBuildID = $0.taskQueue.name == defaultTaskQueue
                if !start.input.payloads.isEmpty { $0.input = start.input }
                if !start.headers.isEmpty { $0.header.fields = start.headers }
                if let limit = options.executionTimeout { $0.workflowExecutionTimeout = .init(limit) }
                if let limit = options.runTimeout { $0.workflowRunTimeout = .init(limit) }
                if let limit = options.taskTimeout { $0.workflowTaskTimeout = .init(limit) }
                if let policy = options.retryPolicy { $0.retryPolicy = policy.proto }
                $0.parentClosePolicy = options.parentClosePolicy.proto
                $0.workflowIDReusePolicy = options.idReusePolicy.proto
                $0.cronSchedule = options.cronSchedule ?? ""
                if let memo = options.memo { $0.memo.fields = memo }
                if !options.searchAttributes.isEmpty {
                    $0.searchAttributes.indexedFields = options.searchAttributes.fields
                }
                if let priority = options.priority { $0.priority = priority.proto }
            }
        }
        let machine = ChildWorkflowMachine(
            sequence: sequence, type: start.type, workflowID: start.workflowID, namespace: namespace,
            cancellationType: options.cancellationType)
        return (machine, command)
    }

    var isFinal: Bool { state == .done }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        switch (state, event.attributes) {
        case (.startRequested, .startChildWorkflowExecutionInitiatedEventAttributes(let attributes)):
            guard attributes.workflowID == workflowID, attributes.workflowType.name == type else {
                throw Nondeterminism(
                    """
                    history starts child \(attributes.workflowType.name) with id \(attributes.workflowID), \
                    the code \(type) with id \(workflowID)
                    """)
            }
            initiatedEventID = event.eventID
            state = .initiated
            return []
        case (.initiated, .childWorkflowExecutionStartedEventAttributes(let attributes)):
            runID = attributes.workflowExecution.runID
            startedEventID = event.eventID
            state = .started
            return [.job(.resolveChildStart(sequence: sequence, .started(runID: runID)))]
        case (.initiated, .startChildWorkflowExecutionFailedEventAttributes(let attributes)):
            state = .done
            guard attributes.cause != .workflowAlreadyExists else {
                let result = ChildStart.alreadyExists(workflowID: workflowID, type: type)
                return [.job(.resolveChildStart(sequence: sequence, result))]
            }
            let cause = FailureConverter().failure(
                from: ApplicationFailure(
                    "workflow \(workflowID) could not be started: \(attributes.cause)", type: "\(attributes.cause)",
                    isNonRetryable: true))
            let failure = failure("Child Workflow execution could not be started", cause)
            return [.job(.resolveChildStart(sequence: sequence, .failed(failure)))]
        case (.started, _):
            let result = try result(of: event)
            state = .done
            return [.job(.resolveChild(sequence: sequence, result))]
        case (.abandoned, .childWorkflowExecutionStartedEventAttributes):
            return []
        case (.abandoned, .startChildWorkflowExecutionFailedEventAttributes):
            state = .done
            return []
        case (.abandoned, _):
            _ = try result(of: event)
            state = .done
            return []
        default: throw Nondeterminism("child workflow \(workflowID)", got: event, in: state)
        }
    }

    mutating func cancel() -> [MachineOutput] { cancel(reason: "") }

    /// The code cancels the child, and says why.
    mutating func cancel(reason: String) -> [MachineOutput] {
        let answer = MachineOutput.job(.resolveChild(sequence: sequence, .canceled(canceledFailure)))
        switch state {
        case .startRequested:
            state = .done
            let failure = canceledFailure("Child Workflow Execution cancelled before scheduled: \(reason)")
            return [.withdraw, .job(.resolveChildStart(sequence: sequence, .canceled(failure)))]
        case .initiated, .started:
            let request = MachineOutput.cancelChild(
                sequence: sequence, .init(workflowID: workflowID, runID: runID, reason: reason))
            switch cancellationType {
            case .abandon:
                state = .abandoned
                return [answer]
            case .tryCancel:
                state = .abandoned
                return [request, answer]
            case .waitCancellationRequested, .waitCancellationCompleted:
                guard !isCancelSent else { return [] }
                isCancelSent = true
                return [request]
            }
        case .abandoned, .done: return []
        }
    }

    /// The server has asked the child to cancel.
    mutating func cancelWasRequested() -> [MachineOutput] {
        guard cancellationType == .waitCancellationRequested else { return [] }
        switch state {
        case .initiated, .started:
            state = .abandoned
            return [.job(.resolveChild(sequence: sequence, .canceled(canceledFailure)))]
        case .startRequested, .abandoned, .done: return []
        }
    }

    private func result(of event: HistoryEvent) throws(Nondeterminism) -> OperationResult {
        switch event.attributes {
        case .childWorkflowExecutionCompletedEventAttributes(let attributes):
            return .completed(attributes.result)
        case .childWorkflowExecutionFailedEventAttributes(let attributes):
            return .failed(failure("Child Workflow execution failed", attributes.failure, attributes.retryState))
        case .childWorkflowExecutionCanceledEventAttributes:
            return .canceled(canceledFailure)
        case .childWorkflowExecutionTimedOutEventAttributes(let attributes):
            let cause = Failure("Timed out", .timeoutFailureInfo(.with { $0.timeoutType = .startToClose }))
            return .failed(failure("Child Workflow execution timed out", cause, attributes.retryState))
        case .childWorkflowExecutionTerminatedEventAttributes:
            let cause = Failure("Terminated", .terminatedFailureInfo(.init()))
            return .failed(failure("Child Workflow execution terminated", cause))
        default: throw Nondeterminism("child workflow \(workflowID)", got: event, in: state)
        }
    }

    private var canceledFailure: Failure { canceledFailure("Child Workflow execution cancelled") }

    private func canceledFailure(_ message: String) -> Failure {
        failure(message, Failure.with { $0.canceledFailureInfo = .init() })
    }

    private func failure(_ message: String, _ cause: Failure, _ retryState: RetryState = .nonRetryableFailure)
        -> Failure
    {
        let info = Temporal_Api_Failure_V1_ChildWorkflowExecutionFailureInfo.with {
            $0.namespace = namespace
            $0.workflowExecution.workflowID = workflowID
            $0.workflowExecution.runID = runID
            $0.workflowType.name = type
            $0.initiatedEventID = initiatedEventID
            $0.startedEventID = startedEventID
            $0.retryState = retryState
        }
        return Failure(message, .childWorkflowExecutionFailureInfo(info), cause: cause)
    }
}

import SwiftProtobuf
import TemporalAPI

/// An activity that some worker of its task queue runs.
struct ActivityMachine: Machine {
    enum State: Equatable {
        case scheduleRequested, scheduled
        /// Asked to cancel, with the request not yet in history; `answered` when the code was told already.
        case cancelRequested(answered: Bool)
        case cancelRecorded(answered: Bool)
        /// Cancelled for the code; what still comes of it is of no interest.
        case abandoned
        case done
    }

    private(set) var state = State.scheduleRequested
    let sequence: Int
    private let type: String
    private let cancellationType: CancellationType
    private var scheduledEventID: Int64 = 0

    private var id: String { String(sequence) }

    static func schedule(
        sequence: Int, _ schedule: ScheduleActivity, defaultTaskQueue: String
    ) -> (ActivityMachine, Command) {
        let options = schedule.options
        let command = Command.with {
            $0.commandType = .scheduleActivityTask
            if let summary = options.summary { $0.userMetadata.summary = .text(summary) }
            $0.scheduleActivityTaskCommandAttributes = .with {
                $0.activityID = String(sequence)
                $0.activityType.name = schedule.type
                $0.taskQueue.name = options.taskQueue ?? defaultTaskQueue
                $0.taskQueue.kind = .normal
                // What the workflow wants; the worker takes it back when it has no room.
                $0.requestEagerExecution = options.allowsEagerExecution
                $0.useWorkflowBuildID = $0.taskQueue.name == defaultTaskQueue
                if !schedule.input.payloads.isEmpty { $0.input = schedule.input }
                if !schedule.headers.isEmpty { $0.header.fields = schedule.headers }
                if let limit = options.scheduleToClose { $0.scheduleToCloseTimeout = .init(limit) }
                if let limit = options.scheduleToStart { $0.scheduleToStartTimeout = .init(limit) }
                if let limit = options.startToClose { $0.startToCloseTimeout = .init(limit) }
                if let limit = options.heartbeat { $0.heartbeatTimeout = .init(limit) }
                if let policy = options.retryPolicy { $0.retryPolicy = policy.proto }
                if let priority = options.priority { $0.priority = priority.proto }
            }
        }
        let machine = ActivityMachine(
            sequence: sequence, type: schedule.type, cancellationType: options.cancellationType)
        return (machine, command)
    }

    var isFinal: Bool { state == .done }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        switch (state, event.attributes) {
        case (.scheduleRequested, .activityTaskScheduledEventAttributes(let attributes)):
            guard attributes.activityID == id, attributes.activityType.name == type else {
                throw Nondeterminism(
                    """
                    history schedules activity \(attributes.activityType.name) with id \(attributes.activityID), \
                    the code \(type) with id \(id)
                    """)
            }
            scheduledEventID = event.eventID
            state = .scheduled
            return []
        case (.cancelRequested(let answered), .activityTaskCancelRequestedEventAttributes):
            state = .cancelRecorded(answered: answered)
            return []
        case (.scheduled, .activityTaskStartedEventAttributes),
            (.cancelRequested, .activityTaskStartedEventAttributes),
            (.cancelRecorded, .activityTaskStartedEventAttributes),
            (.abandoned, .activityTaskStartedEventAttributes):
            return []
        case (.scheduled, _), (.cancelRequested(answered: false), _), (.cancelRecorded(answered: false), _):
            let result = try result(of: event)
            state = .done
            return [.job(.resolveActivity(sequence: sequence, result))]
        case (.cancelRequested(answered: true), _), (.cancelRecorded(answered: true), _), (.abandoned, _):
            _ = try result(of: event)
            state = .done
            return []
        default: throw Nondeterminism("activity \(type) (\(id))", got: event, in: state)
        }
    }

    mutating func cancel() -> [MachineOutput] {
        switch state {
        case .scheduleRequested:
            state = .done
            return [.withdraw, .job(.resolveActivity(sequence: sequence, .canceled(canceledFailure)))]
        case .scheduled where cancellationType == .abandon:
            state = .abandoned
            return [.job(.resolveActivity(sequence: sequence, .canceled(canceledFailure)))]
        case .scheduled:
            let answers = cancellationType == .tryCancel
            state = .cancelRequested(answered: answers)
            let request = MachineOutput.command(
                .with {
                    $0.commandType = .requestCancelActivityTask
                    $0.requestCancelActivityTaskCommandAttributes.scheduledEventID = scheduledEventID
                })
            return answers
                ? [request, .job(.resolveActivity(sequence: sequence, .canceled(canceledFailure)))] : [request]
        case .cancelRequested, .cancelRecorded, .abandoned, .done: return []
        }
    }

    private func result(of event: HistoryEvent) throws(Nondeterminism) -> OperationResult {
        switch event.attributes {
        case .activityTaskCompletedEventAttributes(let attributes):
            return .completed(attributes.result)
        case .activityTaskFailedEventAttributes(let attributes):
            return .failed(
                failure(
                    "Activity task failed", attributes.failure, started: attributes.startedEventID, attributes.identity,
                    attributes.retryState))
        case .activityTaskTimedOutEventAttributes(let attributes):
            return .failed(
                failure(
                    "Activity task timed out", attributes.failure, started: attributes.startedEventID, "",
                    attributes.retryState))
        case .activityTaskCanceledEventAttributes(let attributes):
            let cause = Failure("Activity cancelled", .canceledFailureInfo(.with { $0.details = attributes.details }))
            return .canceled(
                failure(
                    "Activity cancelled", cause, started: attributes.startedEventID, attributes.identity,
                    .cancelRequested))
        default: throw Nondeterminism("activity \(type) (\(id))", got: event, in: state)
        }
    }

    private var canceledFailure: Failure {
        failure("Activity cancelled", .activityCanceled, started: 0, "", .cancelRequested)
    }

    private func failure(
        _ message: String, _ cause: Failure, started: Int64, _ identity: String, _ retryState: RetryState
    ) -> Failure {
        let info = Temporal_Api_Failure_V1_ActivityFailureInfo.with {
            $0.scheduledEventID = scheduledEventID
            $0.startedEventID = started
            $0.identity = identity
            $0.activityType.name = type
            $0.activityID = id
            $0.retryState = retryState
        }
        return Failure(message, .activityFailureInfo(info), cause: cause)
    }
}

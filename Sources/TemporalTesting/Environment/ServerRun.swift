import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// One run as the server keeps it: its history, what is open in it, and the rules by which events are added.
///
/// While a worker has the run's workflow task, nothing but the task's own outcome may come between the events it has seen and those its
/// commands lead to; so whatever happens meanwhile is kept in ``buffered``.
struct ServerRun {
    /// What the server has to do about a change.
    enum Effect {
        case taskScheduled
        case after(Duration, Occurrence)
        /// An activity can be handed to a worker.
        case activityReady(scheduledID: Int64)
        case closed(RunClose)
        /// An update was accepted, refused or ended.
        case updateChanged(String)
    }

    struct OpenTask {
        var scheduledID: Int64
        /// 0 until a worker has it.
        var startedID: Int64 = 0
        /// Distinguishes hand-outs, so that an answer to an earlier one is known for what it is.
        var serial: Int64 = 0
        /// True when it is there for updates alone; if they are all refused, it was never there.
        var isSpeculative = false
    }

    struct Parent {
        let runID: String
        let initiatedID: Int64
    }

    struct Child {
        let attributes: Temporal_Api_History_V1_StartChildWorkflowExecutionInitiatedEventAttributes
        var runID = ""
        var startedID: Int64 = 0
    }

    let workflowID: String
    let runID: String
    /// The id of the run that follows this one, if one does: the event that ends this run names it.
    let successorID: String
    let started: Temporal_Api_History_V1_WorkflowExecutionStartedEventAttributes
    let parent: Parent?

    private(set) var events: [HistoryEvent] = []
    var buffered: [HistoryEvent] = []
    var effects: [Effect] = []
    /// The virtual time, as events record it.
    var time = Google_Protobuf_Timestamp()
    /// The same as the server counts it.
    var elapsed = Duration.zero

    var task: OpenTask?
    /// Attempts at the open workflow task; from the second on its events are written only once it succeeds.
    var attempt: Int32 = 1
    var handOuts: Int64 = 0
    /// Workflow tasks that failed one after the other, and why the last did.
    var failedTasks = 0
    var lastTaskFailure = ""
    var previousStartedID: Int64 = 0
    /// The queue of the worker that has the run in memory.
    var stickyQueue: String?
    var isFirstTaskDelayed = false

    var timers: [Int64: String] = [:]
    var activities: [Int64: ServerActivity] = [:]
    var children: [Int64: Child] = [:]
    /// In the order in which they were asked for.
    var updates: [ServerUpdate] = []
    var isCancelRequested = false
    var close: RunClose?

    init(
        workflowID: String, runID: String, successorID: String,
        started: Temporal_Api_History_V1_WorkflowExecutionStartedEventAttributes, parent: Parent?
    ) {
        self.workflowID = workflowID
        self.runID = runID
        self.successorID = successorID
        self.started = started
        self.parent = parent
    }

    var isOpen: Bool { close == nil }
    var nextID: Int64 { Int64(events.count) + 1 }
    var taskQueue: String { started.taskQueue.name }

    var execution: Temporal_Api_Common_V1_WorkflowExecution {
        .with {
            $0.workflowID = workflowID
            $0.runID = runID
        }
    }

    /// An event that is added now, whatever is going on.
    @discardableResult
    mutating func record(
        _ type: EventType, _ attributes: Temporal_Api_History_V1_HistoryEvent.OneOf_Attributes
    ) -> Int64 {
        append(makeEvent(type, attributes))
    }

    /// An event from outside: kept back while a worker has the workflow task, and a reason for another task.
    /// - Parameter isFollowed: true when another event belongs to the same occurrence; the task is for both.
    mutating func happen(
        _ type: EventType, _ attributes: Temporal_Api_History_V1_HistoryEvent.OneOf_Attributes,
        isFollowed: Bool = false
    ) {
        let event = makeEvent(type, attributes)
        guard task?.startedID ?? 0 == 0 else { return buffered.append(event) }
        append(event)
        if !isFollowed { scheduleTask() }
    }

    /// Writes the buffered events: those that end activities and children after all others.
    /// - Returns: false when there were none.
    mutating func flush() -> Bool {
        guard !buffered.isEmpty else { return false }
        let (closing, others) = (buffered.filter(\.closesOperation), buffered.filter { !$0.closesOperation })
        buffered = []
        var startedIDs: [Int64: Int64] = [:]
        for event in others {
            let id = append(event)
            if let operation = event.startedOperation { startedIDs[operation] = id }
        }
        for event in closing { append(event.withStartedID(from: startedIDs)) }
        return true
    }

    /// Forgets events, which no one has heard of but the worker that caused this.
    mutating func forgetEvents(from id: Int64) { events.removeLast(events.count - Int(id) + 1) }

    private func makeEvent(
        _ type: EventType, _ attributes: Temporal_Api_History_V1_HistoryEvent.OneOf_Attributes
    ) -> HistoryEvent {
        .with {
            $0.eventType = type
            $0.eventTime = time
            $0.attributes = attributes
        }
    }

    @discardableResult
    private mutating func append(_ event: HistoryEvent) -> Int64 {
        var event = event
        event.eventID = nextID
        events.append(event)
        return event.eventID
    }
}

/// What the code changed since the run began.
extension ServerRun {
    var memo: [String: Payload] {
        events.reduce(into: started.memo.fields) { fields, event in
            guard event.eventType == .workflowPropertiesModified else { return }
            fields.apply(event.workflowPropertiesModifiedEventAttributes.upsertedMemo.fields)
        }
    }

    var searchAttributes: [String: Payload] {
        events.reduce(into: started.searchAttributes.indexedFields) { fields, event in
            guard event.eventType == .upsertWorkflowSearchAttributes else { return }
            fields.apply(event.upsertWorkflowSearchAttributesEventAttributes.searchAttributes.indexedFields)
        }
    }
}

extension [String: Payload] {
    /// A null takes its field away.
    fileprivate mutating func apply(_ changes: [String: Payload]) {
        for (name, payload) in changes {
            self[name] = payload.metadata["encoding"] == Data("binary/null".utf8) ? nil : payload
        }
    }
}

/// How a run ended, for those who wait for it.
enum RunClose {
    case completed(Payloads, newRunID: String)
    case failed(Failure, RetryState, newRunID: String)
    case canceled(Payloads)
    case timedOut(newRunID: String)
    case terminated
    case continuedAsNew(newRunID: String)

    /// The run that goes on where this one ended; empty when none does.
    var newRunID: String {
        switch self {
        case .completed(_, let id), .failed(_, _, let id), .timedOut(let id), .continuedAsNew(let id): id
        case .canceled, .terminated: ""
        }
    }

    var status: Temporal_Api_Enums_V1_WorkflowExecutionStatus {
        switch self {
        case .completed: .completed
        case .failed: .failed
        case .canceled: .canceled
        case .timedOut: .timedOut
        case .terminated: .terminated
        case .continuedAsNew: .continuedAsNew
        }
    }
}

extension HistoryEvent {
    /// True for events that end an activity or a child; buffered ones are written after all others.
    fileprivate var closesOperation: Bool {
        switch eventType {
        case .activityTaskCompleted, .activityTaskFailed, .activityTaskTimedOut, .activityTaskCanceled,
            .childWorkflowExecutionCompleted, .childWorkflowExecutionFailed, .childWorkflowExecutionCanceled,
            .childWorkflowExecutionTimedOut, .childWorkflowExecutionTerminated:
            true
        default: false
        }
    }

    /// The scheduled or initiated event of the operation this event starts.
    fileprivate var startedOperation: Int64? {
        switch attributes {
        case .activityTaskStartedEventAttributes(let attributes): attributes.scheduledEventID
        case .childWorkflowExecutionStartedEventAttributes(let attributes): attributes.initiatedEventID
        default: nil
        }
    }

    /// A closing event says which event its operation was started by, which has its id only now.
    fileprivate func withStartedID(from ids: [Int64: Int64]) -> HistoryEvent {
        var event = self
        switch attributes {
        case .activityTaskCompletedEventAttributes(let a):
            if let id = ids[a.scheduledEventID] { event.activityTaskCompletedEventAttributes.startedEventID = id }
        case .activityTaskFailedEventAttributes(let a):
            if let id = ids[a.scheduledEventID] { event.activityTaskFailedEventAttributes.startedEventID = id }
        case .activityTaskTimedOutEventAttributes(let a):
            if let id = ids[a.scheduledEventID] { event.activityTaskTimedOutEventAttributes.startedEventID = id }
        case .activityTaskCanceledEventAttributes(let a):
            if let id = ids[a.scheduledEventID] { event.activityTaskCanceledEventAttributes.startedEventID = id }
        case .childWorkflowExecutionCompletedEventAttributes(let a):
            if let id = ids[a.initiatedEventID] {
                event.childWorkflowExecutionCompletedEventAttributes.startedEventID = id
            }
        case .childWorkflowExecutionFailedEventAttributes(let a):
            if let id = ids[a.initiatedEventID] {
                event.childWorkflowExecutionFailedEventAttributes.startedEventID = id
            }
        case .childWorkflowExecutionCanceledEventAttributes(let a):
            if let id = ids[a.initiatedEventID] {
                event.childWorkflowExecutionCanceledEventAttributes.startedEventID = id
            }
        case .childWorkflowExecutionTimedOutEventAttributes(let a):
            if let id = ids[a.initiatedEventID] {
                event.childWorkflowExecutionTimedOutEventAttributes.startedEventID = id
            }
        case .childWorkflowExecutionTerminatedEventAttributes(let a):
            if let id = ids[a.initiatedEventID] {
                event.childWorkflowExecutionTerminatedEventAttributes.startedEventID = id
            }
        default: break
        }
        return event
    }
}

import TemporalAPI

/// What a run hands on to the run that continues it.
struct Inheritance {
    var memo: [String: Payload] = [:]
    var searchAttributes: [String: Payload] = [:]
    var retryPolicy: Temporal_Api_Common_V1_RetryPolicy?
    var workflowType = ""

    init() {}

    init(_ start: Temporal_Api_History_V1_WorkflowExecutionStartedEventAttributes) {
        memo = start.memo.fields
        searchAttributes = start.searchAttributes.indexedFields
        retryPolicy = start.hasRetryPolicy ? start.retryPolicy : nil
        workflowType = start.workflowType.name
    }

    /// Fills in what the code left open. Search attributes are those of now, the memo is that of the start, as in other
    /// SDKs; time-outs the server takes over itself.
    func complete(
        _ successor: Temporal_Api_Command_V1_ContinueAsNewWorkflowExecutionCommandAttributes, taskQueue: String
    ) -> Temporal_Api_Command_V1_ContinueAsNewWorkflowExecutionCommandAttributes {
        var successor = successor
        if successor.workflowType.name.isEmpty { successor.workflowType.name = workflowType }
        if successor.taskQueue.name.isEmpty {
            successor.taskQueue.name = taskQueue
            successor.taskQueue.kind = .normal
        }
        successor.inheritBuildID = successor.taskQueue.name == taskQueue
        if !successor.hasMemo, !memo.isEmpty { successor.memo.fields = memo }
        if !successor.hasSearchAttributes, !searchAttributes.isEmpty {
            successor.searchAttributes.indexedFields = searchAttributes
        }
        if !successor.hasRetryPolicy, let retryPolicy { successor.retryPolicy = retryPolicy }
        return successor
    }
}

extension WorkflowMachines {
    mutating func upsertSearchAttributes(_ fields: [String: Payload]) {
        inheritance.searchAttributes.merge(fields) { _, new in new }
        // The list of patches is the worker's own. The command stays, for the sake of histories that have it.
        let isReserved =
            fields[PatchMachine.searchAttribute] != nil
            && metadata.allows(.listsPatches, isReplaying: isReplaying)
        addAttributes(AttributesMachine.upsertSearchAttributes(isReserved ? [:] : fields))
    }

    mutating func upsertMemo(_ fields: [String: Payload]) { addAttributes(AttributesMachine.upsertMemo(fields)) }

    /// Records a patch, once in a run, and lists it in a search attribute.
    mutating func recordPatch(id: String, isDeprecated: Bool) {
        let encountered = patches[id]
        guard encountered != .recorded else { return }
        addPatch(PatchMachine.record(id: id, isDeprecated: isDeprecated))
        // Replayed code that has the patch where history has not: nothing was listed then.
        let isUnrecorded = isReplaying && encountered == nil
        let isListed = metadata.allows(.listsPatches, isReplaying: isReplaying) && !isUnrecorded
        let listed = patches.filter { $0.value == .recorded }.keys + [id]
        patches[id] = .recorded
        if isListed, let fields = PatchMachine.upsert(of: listed) {
            addAttributes(AttributesMachine.upsertSearchAttributes(fields))
        }
    }
}

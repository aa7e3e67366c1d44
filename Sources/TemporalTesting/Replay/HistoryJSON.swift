import Foundation

/// Brings old exports to the spelling protobuf's JSON has: tools up to 2023 wrote `TimerStarted` for `EVENT_TYPE_TIMER_STARTED`.
enum HistoryJSON {
    /// What the values of a field are prefixed with, whatever message the field is in.
    private static let prefixes = [
        "eventType": "EVENT_TYPE",
        "initiator": "CONTINUE_AS_NEW_INITIATOR",
        "kind": "TASK_QUEUE_KIND",
        "parentClosePolicy": "PARENT_CLOSE_POLICY",
        "retryState": "RETRY_STATE",
        "timeoutType": "TIMEOUT_TYPE",
        "workflowIdReusePolicy": "WORKFLOW_ID_REUSE_POLICY",
    ]

    /// The same for a field called `cause`, by the message it is in; elsewhere it is free text.
    private static let causePrefixes = [
        "requestCancelExternalWorkflowExecutionFailedEventAttributes":
            "CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE",
        "signalExternalWorkflowExecutionFailedEventAttributes": "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE",
        "startChildWorkflowExecutionFailedEventAttributes": "START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE",
        "workflowTaskFailedEventAttributes": "WORKFLOW_TASK_FAILED_CAUSE",
    ]

    static func modernized(_ data: Data) throws -> Data {
        // Every event has a type, so one look tells the spelling of the whole file.
        guard data.range(of: Data("\"EVENT_TYPE_".utf8)) == nil else { return data }
        return try JSONSerialization.data(
            withJSONObject: modernized(try JSONSerialization.jsonObject(with: data), in: ""))
    }

    private static func modernized(_ value: Any, in name: String) -> Any {
        switch value {
        case let object as [String: Any]:
            return Dictionary(
                uniqueKeysWithValues: object.map { key, value in
                    guard let text = value as? String else {
                        // What users wrote is left alone, whatever its keys are called.
                        return (key, key == "metadata" ? value : modernized(value, in: key))
                    }
                    let prefix = key == "cause" ? causePrefixes[name] : prefixes[key]
                    return (key, prefix.map { modernized(text, prefix: $0) } ?? text)
                })
        case let array as [Any]: return array.map { modernized($0, in: name) }
        default: return value
        }
    }

    private static func modernized(_ name: String, prefix: String) -> String {
        guard !name.hasPrefix(prefix) else { return name }
        return name.reduce(into: prefix) { text, letter in
            if letter.isUppercase { text.append("_") }
            text.append(letter.uppercased())
        }
    }
}

import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// A history as lines of JSON, one for each event, without what no two runs have in common: times, run ids, identities, queues, the
/// workflow's own id, stack traces and who the SDK is.
struct NormalizedHistory {
    let lines: [String]

    init(_ events: [HistoryEvent], names: [String: String]) throws {
        let normalizer = Normalizer(names: names.sorted { $0.key.count > $1.key.count })
        lines = try events.map { event in
            let json = try JSONSerialization.jsonObject(with: event.jsonUTF8Data())
            let normalized = try JSONSerialization.data(
                withJSONObject: normalizer.normalize(json, key: ""),
                options: [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed])
            return String(decoding: normalized, as: UTF8.self)
        }
    }

    /// Where this history and another part, for people; nil when they are equal.
    func difference(from official: NormalizedHistory) -> String? {
        guard lines != official.lines else { return nil }
        var text = ""
        for index in 0..<max(lines.count, official.lines.count) {
            let (ours, theirs) = (line(index), official.line(index))
            guard ours != theirs else { continue }
            text += "\nours:     \(ours)\nofficial: \(theirs)"
        }
        return text
    }

    private func line(_ index: Int) -> String { index < lines.count ? lines[index] : "none" }
}

private struct Normalizer {
    /// What differs between the sides by the test's own making, and what stands for it.
    let names: [(key: String, value: String)]

    /// Values that differ from run to run: only that they are there counts.
    private static let masked: Set<String> = [
        "eventTime", "taskId", "identity", "requestId", "originalExecutionRunId", "firstExecutionRunId",
        "newExecutionRunId", "continuedExecutionRunId", "runId", "version", "historySizeBytes",
        "workflowExecutionExpirationTime", "firstWorkflowTaskBackoff", "complete_time", "original_schedule_time",
    ]

    /// Says who the worker is and not what it did.
    private static let dropped: Set<String> = [
        "workerVersion", "meteringMetadata", "prevAutoResetPoints", "stackTrace", "source",
    ]

    /// Messages that say no more when they are empty than when they are missing. A result of nothing is in the official Python SDK one
    /// payload that is null; ours, as those in Go and Java, has none.
    private static let optional: Set<String> = ["header", "priority", "result", "sdkMetadata"]

    private func isEmpty(_ value: Any) -> Bool {
        switch value {
        case let list as [Any]: return list.isEmpty
        case let object as [String: Any]:
            guard let payloads = object["payloads"] as? [[String: Any]], payloads.count == 1 else {
                return object.isEmpty
            }
            return (payloads[0]["metadata"] as? [String: String])?["encoding"] == "binary/null"
        default: return false
        }
    }

    func normalize(_ value: Any, key: String) -> Any {
        switch value {
        case is [String: Any] where Self.masked.contains(key): return "*"
        case let object as [String: Any]: return normalize(object, key: key)
        case let list as [Any]: return list.map { normalize($0, key: key) }
        case let text as String where Self.masked.contains(key): return text.isEmpty ? "" : "*"
        case let text as String: return replaceNames(in: text)
        default: return value
        }
    }

    private func normalize(_ object: [String: Any], key: String) -> Any {
        if let metadata = object["metadata"] as? [String: String], object.count <= 2 {
            return payload(metadata, object["data"] as? String ?? "")
        }
        // How a local activity failed is told to workflow code in several ways, and stays so when code passes it on. Core's SDKs throw the
        // cause alone, but wrap cancellations and, unless they replay, time-outs, both as cancelled; ours throws what it throws for any
        // other activity, live and on replay, so that one handler of errors is enough.
        if let cause = object["cause"], let info = object["activityFailureInfo"] as? [String: Any],
            info["scheduledEventId"] == nil
        {
            return normalize(cause, key: key)
        }
        if key == "taskQueue", object["kind"] as? String == "TASK_QUEUE_KIND_STICKY" { return "sticky" }
        if key == "sdkMetadata" {
            return (object["coreUsedFlags"] as? [Int] ?? []).sorted()
        }
        var result: [String: Any] = [:]
        for (key, value) in object where !Self.dropped.contains(key) {
            let normalized = normalize(value, key: key)
            if Self.optional.contains(key), isEmpty(normalized) { continue }
            result[key] = normalized
        }
        return result
    }

    private func payload(_ metadata: [String: String], _ data: String) -> Any {
        let metadata = metadata.mapValues { String(decoding: Data(base64Encoded: $0) ?? Data(), as: UTF8.self) }
        let bytes = Data(base64Encoded: data) ?? Data()
        let isJSON = metadata["encoding"]?.hasPrefix("json/") ?? false
        let json = isJSON ? try? JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed) : nil
        return ["metadata": metadata, "data": json.map { normalize($0, key: "") } ?? data]
    }

    private func replaceNames(in text: String) -> String {
        names.reduce(text) { $0.replacing($1.key, with: $1.value) }
            .replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "<uuid>")
    }
}

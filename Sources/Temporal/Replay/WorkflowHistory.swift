public import Foundation
import SwiftProtobuf
import TemporalAPI

/// The recorded history of one run: what a worker needs to bring the run's code to where it was.
///
/// Made from a file that Temporal's command line, user interface or an SDK exported, or fetched with
/// ``UntypedWorkflowHandle/history()``.
public struct WorkflowHistory: Sendable, Equatable {
    /// The workflow's id. Older exports do not hold it; it is "replay" for them unless given.
    public let workflowID: String
    /// All events, oldest first.
    package let events: [HistoryEvent]

    package init(workflowID: String? = nil, events: [HistoryEvent]) {
        let recorded = events.first?.workflowExecutionStartedEventAttributes.workflowID ?? ""
        self.workflowID = workflowID ?? (recorded.isEmpty ? "replay" : recorded)
        self.events = events
    }

    /// Reads an exported file, whichever of the two forms it has.
    /// - Throws: ``WorkflowHistoryError`` when it is neither.
    public init(workflowID: String? = nil, exported data: Data) throws {
        // A protobuf's first byte is the key of its first field, which no JSON document begins with.
        let first = data.first { !" \n\r\t".utf8.contains($0) }
        if first == UInt8(ascii: "{") {
            try self.init(workflowID: workflowID, json: data)
        } else {
            try self.init(workflowID: workflowID, protobuf: data)
        }
    }

    /// Reads a `temporal.api.history.v1.History` in protobuf's JSON form. Enumerations may be spelled as protobuf does
    /// (`EVENT_TYPE_TIMER_STARTED`) or as older tools did (`TimerStarted`); fields unknown here are ignored.
    /// - Throws: ``WorkflowHistoryError``.
    public init(workflowID: String? = nil, json data: Data) throws {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        do {
            let history = try Temporal_Api_History_V1_History(
                jsonUTF8Bytes: try HistoryJSON.modernized(data), options: options)
            self.init(workflowID: workflowID, events: history.events)
        } catch {
            throw WorkflowHistoryError(reason: "the JSON does not hold a history: \(error)")
        }
        try checkBeginning()
    }

    /// Reads a `temporal.api.history.v1.History` in protobuf's binary form.
    /// - Throws: ``WorkflowHistoryError``.
    public init(workflowID: String? = nil, protobuf data: Data) throws {
        do {
            let history = try Temporal_Api_History_V1_History(serializedBytes: data)
            self.init(workflowID: workflowID, events: history.events)
        } catch {
            throw WorkflowHistoryError(reason: "the bytes are no protobuf of a history: \(error)")
        }
        try checkBeginning()
    }

    private func checkBeginning() throws {
        guard let first = events.first else { throw WorkflowHistoryError(reason: "it has no events") }
        guard case .workflowExecutionStartedEventAttributes = first.attributes else {
            throw WorkflowHistoryError(
                reason: "it begins with event \(first.eventID), \(first.eventType), not with the start of the run")
        }
    }

    /// The name of the workflow's type; empty when there is no first event.
    public var workflowType: String { started?.workflowType.name ?? "" }

    /// The run's id, as its first event tells it: after a reset, that of the run it began as.
    public var runID: String { started?.originalExecutionRunID ?? "" }

    /// The number of events.
    public var eventCount: Int { events.count }

    private var started: Temporal_Api_History_V1_WorkflowExecutionStartedEventAttributes? {
        guard case .workflowExecutionStartedEventAttributes(let attributes) = events.first?.attributes else {
            return nil
        }
        return attributes
    }

    /// The history in protobuf's JSON form, which every Temporal SDK's replayer reads.
    /// - Throws: ``WorkflowHistoryError`` when a value in it has no JSON form.
    public func json() throws -> Data {
        do {
            return try Temporal_Api_History_V1_History.with { $0.events = events }.jsonUTF8Data()
        } catch {
            throw WorkflowHistoryError(reason: "it has no JSON form: \(error)")
        }
    }

    /// The history in protobuf's binary form.
    /// - Throws: ``WorkflowHistoryError`` when it cannot be encoded.
    public func protobuf() throws -> Data {
        do {
            return try Temporal_Api_History_V1_History.with { $0.events = events }.serializedData()
        } catch {
            throw WorkflowHistoryError(reason: "it cannot be encoded: \(error)")
        }
    }
}

/// What was to be a workflow's history is none.
public struct WorkflowHistoryError: Error, Sendable, CustomStringConvertible {
    /// What is wrong with it.
    public let reason: String

    public var description: String { "not a workflow history: \(reason)" }
}

extension UntypedWorkflowHandle {
    /// The history of the run so far, to be kept or replayed.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func history() async throws -> WorkflowHistory {
        WorkflowHistory(workflowID: id, events: try await fetchHistory())
    }
}

extension WorkflowHandle {
    /// The history of the run so far, to be kept or replayed.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func history() async throws -> WorkflowHistory { try await untyped.history() }
}

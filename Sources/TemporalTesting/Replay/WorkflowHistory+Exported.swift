public import Foundation
import SwiftProtobuf
public import Temporal
import TemporalAPI

extension WorkflowHistory {
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

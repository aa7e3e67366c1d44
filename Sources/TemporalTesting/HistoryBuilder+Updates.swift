import SwiftProtobuf
package import Temporal
import TemporalAPI

extension HistoryBuilder {
    /// The message by which the server asks a worker for an update, as the last started task brings it.
    package func updateRequest(
        _ id: String, _ name: String, _ input: some Encodable & Sendable
    ) throws -> ProtocolMessage {
        let body = try Google_Protobuf_Any(message: try Self.request(id, name, input))
        return .with {
            $0.id = "\(id)/request"
            $0.protocolInstanceID = id
            $0.eventID = lastStartedID - 1
            $0.body = body
        }
    }

    /// Records an update nobody has seen yet, as a reset does with those of the run it copies.
    package mutating func updateAdmitted(_ id: String, _ name: String, _ input: some Encodable & Sendable) throws {
        let request = try Self.request(id, name, input)
        add(
            .workflowExecutionUpdateAdmitted,
            .workflowExecutionUpdateAdmittedEventAttributes(
                .with {
                    $0.request = request
                    $0.origin = .reapply
                }))
    }

    /// Records that the last completed task accepted an update.
    @discardableResult
    package mutating func updateAccepted(
        _ id: String, _ name: String, _ input: some Encodable & Sendable
    ) throws -> Int64 {
        let request = try Self.request(id, name, input)
        return updateAccepted(id, request, after: lastStartedID - 1)
    }

    /// Records that the last completed task accepted an update that was recorded by event `admitted`.
    @discardableResult
    package mutating func updateAccepted(_ id: String, admitted: Int64) -> Int64 {
        updateAccepted(id, nil, after: admitted)
    }

    private mutating func updateAccepted(
        _ id: String, _ request: Temporal_Api_Update_V1_Request?, after sequencing: Int64
    ) -> Int64 {
        add(
            .workflowExecutionUpdateAccepted,
            .workflowExecutionUpdateAcceptedEventAttributes(
                .with {
                    $0.protocolInstanceID = id
                    $0.acceptedRequestMessageID = "\(id)/request"
                    $0.acceptedRequestSequencingEventID = sequencing
                    if let request { $0.acceptedRequest = request }
                }))
    }

    package mutating func updateCompleted(
        _ id: String, accepted: Int64, result: some Encodable & Sendable
    ) throws {
        let payloads = try DataConverter.standard.payloads(encoding: result)
        add(
            .workflowExecutionUpdateCompleted,
            .workflowExecutionUpdateCompletedEventAttributes(
                .with {
                    $0.meta.updateID = id
                    $0.acceptedEventID = accepted
                    $0.outcome.success = payloads
                }))
    }

    private static func request(
        _ id: String, _ name: String, _ input: some Encodable & Sendable
    ) throws -> Temporal_Api_Update_V1_Request {
        let payloads = try DataConverter.standard.payloads(encoding: input)
        return .with {
            $0.meta.updateID = id
            $0.meta.identity = "tester"
            $0.input.name = name
            $0.input.args = payloads
        }
    }
}

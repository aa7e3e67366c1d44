package import Temporal

/// What the scripted server answers to a call.
package struct ScriptedResponse: Sendable {
    package var code: GRPCStatusCode
    /// The text that goes with the code.
    package var statusMessage: String
    /// The serialized response message; nil sends the status alone.
    package var message: [UInt8]?
    package var initialMetadata: GRPCMetadata
    package var trailingMetadata: GRPCMetadata

    /// A call that succeeds.
    package static func reply(
        _ message: [UInt8], initialMetadata: GRPCMetadata = [:], trailingMetadata: GRPCMetadata = [:]
    ) -> ScriptedResponse {
        ScriptedResponse(
            code: .ok, statusMessage: "", message: message,
            initialMetadata: initialMetadata, trailingMetadata: trailingMetadata)
    }

    /// A call that fails. The details go into the trailer `grpc-status-details-bin`.
    package static func failure(
        _ code: GRPCStatusCode, _ statusMessage: String, details: [UInt8] = [], trailingMetadata: GRPCMetadata = [:]
    ) -> ScriptedResponse {
        var trailingMetadata = trailingMetadata
        if !details.isEmpty { trailingMetadata.append(.binary(details), forKey: "grpc-status-details-bin") }
        return ScriptedResponse(
            code: code, statusMessage: statusMessage, message: nil,
            initialMetadata: [:], trailingMetadata: trailingMetadata)
    }

    /// Gives no answer until the client gives up, goes away, or the server stops.
    package static func never() async -> ScriptedResponse {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        // Ends when the handler's task is cancelled, which is what all three of them do.
        for await _ in stream {}
        continuation.finish()
        return .failure(.cancelled, "")
    }
}

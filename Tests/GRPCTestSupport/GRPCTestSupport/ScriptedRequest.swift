package import Temporal

/// A call as the scripted server received it.
package struct ScriptedRequest: Sendable {
    /// The path, `/package.Service/Method`.
    package var method: String
    package var metadata: GRPCMetadata
    /// The serialized request message.
    package var message: [UInt8]
    /// The client's end of the connection the call came on, such as `ipv4:127.0.0.1:40000`.
    package var peer: String
    /// What was left of the call's time when it arrived; nil if the client set no limit.
    package var timeRemaining: Duration?
}

/// What a server answered to a call that succeeded.
package struct GRPCResponse: Sendable {
    /// The serialized response message.
    package var message: [UInt8]
    package var initialMetadata: GRPCMetadata
    package var trailingMetadata: GRPCMetadata
}

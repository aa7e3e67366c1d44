/// The sidecar's address cannot be listened on.
public struct ListenError: Error, Sendable, CustomStringConvertible {
    public let host: String
    public let port: Int
    /// What the operating system says.
    public let reason: String

    public var description: String {
        "the sidecar cannot listen on \(host):\(port): \(reason). Stop what uses the address, or configure another "
            + "host or port (port 0 takes a free one)."
    }
}

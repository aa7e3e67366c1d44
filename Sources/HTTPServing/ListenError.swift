/// The address of a role cannot be listened on.
public struct ListenError: Error, Sendable, CustomStringConvertible {
    /// Who was to listen.
    public let name: String
    public let host: String
    public let port: Int
    /// What the operating system says.
    public let reason: String

    public var description: String {
        "\(name) cannot listen on \(host):\(port): \(reason). Stop what uses the address, or configure another "
            + "host or port (port 0 takes a free one)."
    }
}

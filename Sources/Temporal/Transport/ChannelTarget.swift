/// The address of a gRPC server.
public struct ChannelTarget: Sendable, Hashable, CustomStringConvertible {
    /// A DNS name or an IP address; an IPv6 address without brackets.
    public var host: String
    /// The TCP port; Temporal's own default is 7233.
    public var port: Int

    /// Creates the address of a server.
    public init(host: String, port: Int = 7233) {
        self.host = host
        self.port = port
    }

    /// `host:port`, with brackets around an IPv6 address.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Whether the server is on this machine, so that no proxy can lead to it.
    var isLoopback: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}

/// A provider's address that can't be used. The text never holds the address, which may carry a password.
public struct ServiceURLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Whose address it is, such as `the gateway`.
    public let service: String

    /// What is wrong with it, and what to do.
    public var description: String {
        "the address of \(service) can't be used: give http:// or https:// with a host and, where needed, a port and "
            + "a path, without user name, password, query or fragment"
    }
}

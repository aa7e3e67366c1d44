/// No Temporal server answered.
public struct TemporalUnreachableError: Error, Sendable, CustomStringConvertible {
    /// Where it was looked for.
    public let target: ChannelTarget
    /// The transport's last word.
    public let reason: String

    public var description: String {
        "cannot reach Temporal at \(target): \(reason); start the server, or configure the address of one that runs"
    }
}

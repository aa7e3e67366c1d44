/// The value of a metadata entry.
public enum GRPCMetadataValue: Sendable, Hashable {
    /// Printable ASCII, for a key without the suffix `-bin`.
    case ascii(String)
    /// Any bytes, for a key with the suffix `-bin`.
    case binary([UInt8])
}

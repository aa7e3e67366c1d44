/// A payload could not be encrypted or decrypted.
public enum EncryptionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no key of this name.
    case unknownKey(id: String)
    /// The payload is damaged or forged, or was encrypted with another key of the same name.
    case notDecrypted

    public var description: String {
        switch self {
        case .unknownKey(let id): "there is no key \"\(id)\"; keep old keys for as long as histories name them"
        case .notDecrypted: "the payload is damaged, or was encrypted with another key of the same name"
        }
    }
}

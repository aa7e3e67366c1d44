public import Crypto
import Foundation
import SwiftProtobuf
public import Temporal
public import TemporalAPI

/// Encrypts payloads with AES-GCM, so that the server stores what it cannot read.
///
/// The format is that of Temporal's own samples, which exist for all SDKs: a payload is serialized whole, with its metadata, and
/// encrypted as nonce (12 bytes), ciphertext and tag (16 bytes). The payload that takes its place has the encoding
/// `binary/encrypted`, and names its key.
///
/// To change keys, encrypt with a new one and go on giving out the old one for as long as histories are kept that name it.
public struct EncryptionCodec: PayloadCodec {
    /// Finds a key by its name; nil if there is none of that name.
    public typealias KeySource = @Sendable (_ id: String) async throws -> SymmetricKey?

    private let keyID: String
    private let keys: KeySource

    /// - Parameters:
    ///   - keyID: The name of the key to encrypt with.
    ///   - keys: Asked for that key, and for those that payloads name. Keys of 128, 192 and 256 bits are of use; the samples' are
    ///     of 256.
    public init(keyID: String, keys: @escaping KeySource) {
        self.keyID = keyID
        self.keys = keys
    }

    /// - Throws: ``EncryptionError``; what the source of keys throws.
    public func encode(_ payloads: [Payload]) async throws -> [Payload] {
        let key = try await key(keyID)
        return try payloads.map { payload in
            let plain: Data = try payload.serializedBytes()
            // Nil is for nonces of another length than 12 bytes, which this one has not.
            guard let sealed = try AES.GCM.seal(plain, using: key).combined else { throw EncryptionError.notDecrypted }
            return .with {
                $0.metadata = [Self.encoding: Self.encrypted, Self.keyIDField: Data(keyID.utf8)]
                $0.data = sealed
            }
        }
    }

    /// Payloads that are not encrypted are returned as they are.
    /// - Throws: ``EncryptionError``; what the source of keys throws.
    public func decode(_ payloads: [Payload]) async throws -> [Payload] {
        var decoded: [Payload] = []
        for payload in payloads {
            decoded.append(payload.metadata[Self.encoding] == Self.encrypted ? try await decrypt(payload) : payload)
        }
        return decoded
    }

    private func decrypt(_ payload: Payload) async throws -> Payload {
        let key = try await key(String(decoding: payload.metadata[Self.keyIDField] ?? Data(), as: UTF8.self))
        do {
            let plain = try AES.GCM.open(AES.GCM.SealedBox(combined: payload.data), using: key)
            return try Payload(serializedBytes: plain)
        } catch {
            throw EncryptionError.notDecrypted
        }
    }

    private func key(_ id: String) async throws -> SymmetricKey {
        guard let key = try await keys(id) else { throw EncryptionError.unknownKey(id: id) }
        return key
    }

    private static let encoding = "encoding"
    private static let encrypted = Data("binary/encrypted".utf8)
    private static let keyIDField = "encryption-key-id"
}

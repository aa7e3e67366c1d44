import Crypto
import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalEncryption
import Testing

@Suite("Encrypting payloads")
struct EncryptionCodecTests {
    static let oldKey = SymmetricKey(data: Data("old-key-old-key-old-key-old-key!".utf8))
    static let newKey = SymmetricKey(data: Data("new-key-new-key-new-key-new-key!".utf8))

    private let old = EncryptionCodec(keyID: "old") { $0 == "old" ? Self.oldKey : nil }
    private let rotated = EncryptionCodec(keyID: "new") { ["old": Self.oldKey, "new": Self.newKey][$0] }

    private func payload() throws -> Payload { try DataConverter.standard.payload(encoding: "card 4242") }

    @Test("A payload is encrypted whole, in the format of Temporal's samples")
    func format() async throws {
        let plain = try payload()
        let encrypted = try #require(try await old.encode([plain]).first)
        #expect(encrypted.metadata.count == 2)
        #expect(encrypted.metadata["encoding"] == Data("binary/encrypted".utf8))
        #expect(encrypted.metadata["encryption-key-id"] == Data("old".utf8))
        #expect(!encrypted.data.contains(Data("4242".utf8)))
        // Taken apart by hand, as another SDK would.
        let box = try AES.GCM.SealedBox(
            nonce: .init(data: encrypted.data.prefix(12)), ciphertext: encrypted.data.dropFirst(12).dropLast(16),
            tag: encrypted.data.suffix(16))
        #expect(try Payload(serializedBytes: AES.GCM.open(box, using: Self.oldKey)) == plain)
    }

    @Test("What the Python sample encrypted is read")
    func pythonVector() async throws {
        let payload = Payload.with {
            $0.metadata = ["encoding": Data("binary/encrypted".utf8), "encryption-key-id": Data("old".utf8)]
            $0.data =
                Data(
                    base64Encoded: "YbP4IKxyAVMBgQ7dsBNsN2zFjA6p1012rNb2JdQPBhr2PfhUNtJHsoSNct4nUeGm"
                        + "TSwiPsU4Uq6xKyDkgd2DNAhnUw==") ?? Data()
        }
        let decoded = try #require(try await rotated.decode([payload]).first)
        #expect(try DataConverter.standard.decode(String.self, from: decoded) == "from Python")
    }

    @Test("Decrypting gives what was encrypted, and leaves what was not alone")
    func roundTrip() async throws {
        let plain = try payload()
        let empty = try DataConverter.standard.payload(encoding: String?.none)
        #expect(try await old.decode(old.encode([plain, empty])) == [plain, empty])
        #expect(try await old.decode([plain]) == [plain])
    }

    @Test("The same value never looks the same")
    func nonces() async throws {
        let plain = try payload()
        let encrypted = try await old.encode([plain, plain])
        #expect(encrypted[0].data != encrypted[1].data)
    }

    @Test("After a change of keys old payloads are still read, and new ones are not by those who have the old key only")
    func rotation() async throws {
        let plain = try payload()
        #expect(try await rotated.decode(old.encode([plain])) == [plain])
        let new = try await rotated.encode([plain])
        #expect(new.first?.metadata["encryption-key-id"] == Data("new".utf8))
        await #expect(throws: EncryptionError.unknownKey(id: "new")) { try await old.decode(new) }
        let orphan = EncryptionCodec(keyID: "lost") { _ in nil }
        await #expect(throws: EncryptionError.unknownKey(id: "lost")) { try await orphan.encode([plain]) }
    }

    @Test("A payload with any changed bit is refused")
    func tampering() async throws {
        let encrypted = try #require(try await old.encode([payload()]).first)
        for index in encrypted.data.indices {
            var forged = encrypted
            forged.data[index] ^= 1
            await #expect(throws: EncryptionError.notDecrypted) { try await old.decode([forged]) }
        }
        var short = encrypted
        short.data = Data(encrypted.data.prefix(20))
        await #expect(throws: EncryptionError.notDecrypted) { try await old.decode([short]) }
    }

    @Test("Another key of the same name does not decrypt")
    func wrongKey() async throws {
        let impostor = EncryptionCodec(keyID: "old") { _ in Self.newKey }
        let encrypted = try await old.encode([payload()])
        await #expect(throws: EncryptionError.notDecrypted) { try await impostor.decode(encrypted) }
    }
}

import Crypto
import Foundation

/// The token that callers must know to change something. It is kept and compared as a digest, so that the time a
/// comparison takes tells nothing of the token.
struct BearerToken: Sendable {
    private let digest: SHA256Digest

    init(_ token: String) { digest = Self.digest(of: token) }

    /// Whether the value of an `Authorization` header carries this token; an empty one never does.
    func matches(authorization: String) -> Bool {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        let presented = parts[1].trimmingCharacters(in: .whitespaces)
        // Equality of digests takes constant time.
        return !presented.isEmpty && Self.digest(of: presented) == digest
    }

    private static func digest(of token: String) -> SHA256Digest { SHA256.hash(data: Data(token.utf8)) }
}

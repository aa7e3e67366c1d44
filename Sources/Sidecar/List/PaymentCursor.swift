import Crypto
import Foundation
import PaymentSaga

/// Where the next page of a list begins. Its text is opaque to callers, and may be used with any sidecar.
struct PaymentCursor: Sendable, Equatable, Codable {
    /// The last payment of the page before.
    let startedAt: Int64
    let paymentID: String
    /// How long a span of time holds about a page, in milliseconds; nil for any.
    let span: Int64?
    /// What list it belongs to.
    let filter: String

    init(startedAt: Int64, paymentID: String, span: Int64?, filter: PaymentFilter) {
        self.startedAt = startedAt
        self.paymentID = paymentID
        self.span = span
        self.filter = filter.digest
    }

    enum CodingKeys: String, CodingKey {
        case startedAt = "t"
        case paymentID = "p"
        case span = "s"
        case filter = "f"
    }

    init?(text: String) {
        let base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard text.utf8.count <= 512, !text.contains(where: { "+/=".contains($0) }),
            let json = Data(base64Encoded: base64 + padding),
            let cursor = try? JSONDecoder().decode(PaymentCursor.self, from: json),
            (0...Self.latest).contains(cursor.startedAt),
            (1...PaymentPages.longestGiven).contains(cursor.span ?? 1)
        else { return nil }
        self = cursor
    }

    /// The end of the year 9999, after which times have no ISO 8601 form that is understood everywhere.
    private static let latest: Int64 = 253_402_300_799_000

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Strings and numbers always have a JSON form.
        let json = (try? encoder.encode(self)) ?? Data()
        return json.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

extension PaymentFilter {
    /// Tells lists apart.
    var digest: String {
        var text = "\(status?.rawValue ?? "")\n\(userID ?? "")"
        if created != StartSpan() { text += "\n\(created.first ?? -1)\n\(created.end ?? -1)" }
        return SHA256.hash(data: Data(text.utf8)).prefix(6).map { String($0, radix: 36) }.joined(separator: ".")
    }
}

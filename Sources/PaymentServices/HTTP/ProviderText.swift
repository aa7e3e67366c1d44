import Foundation
import PaymentSaga

/// Words of a provider, which end up in histories, events and in front of people.
enum ProviderText {
    /// What an event's free text may hold, in bytes of UTF-8.
    static let maximumBytes = 512

    /// Takes out what identifies a person or a card, and control characters, and cuts what is too long.
    static func clean(_ text: String, of request: PaymentRequest) -> String {
        var clean = text
        for secret in [request.methodToken, request.userID] where !secret.isEmpty {
            clean = clean.replacingOccurrences(of: secret, with: "(hidden)")
        }
        var result = String.UnicodeScalarView()
        var bytes = 0
        for scalar in clean.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= maximumBytes else { break }
            result.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return String(result)
    }
}

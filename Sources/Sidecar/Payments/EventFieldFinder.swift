import Foundation
import PaymentEvents

/// Finds out which field of a JSON object makes it unreadable as an event, which the decoder doesn't say.
enum EventFieldFinder<Event: PaymentEvent> {
    /// The path of the first such field, for example `amount.minor_units`; nil if the body is no JSON object.
    static func unreadableField(of body: [UInt8]) -> String? {
        guard let object = (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] else { return nil }
        return unreadableField(in: object, at: [])
    }

    /// Reads each field on its own.
    private static func unreadableField(in object: [String: Any], at path: [String]) -> String? {
        for (name, value) in object.sorted(by: { $0.key < $1.key }) {
            let path = path + [name]
            guard !isReadable(value, at: path) else { continue }
            if let nested = value as? [String: Any], let inner = unreadableField(in: nested, at: path) { return inner }
            return path.joined(separator: ".")
        }
        return nil
    }

    private static func isReadable(_ value: Any, at path: [String]) -> Bool {
        let object = path.reversed().reduce(value) { [$1: $0] }
        guard let bytes = try? JSONSerialization.data(withJSONObject: object) else { return false }
        return (try? EventCodec.decode(Event.self, from: Array(bytes), headers: [])) != nil
    }
}

import Foundation

/// What a provider answered, whatever the status.
struct ProviderAnswer: Sendable {
    let status: Int
    let body: Data

    /// The body as a value; nil when it is not JSON of that shape.
    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) -> Value? {
        try? JSONDecoder().decode(type, from: body)
    }
}

/// No complete answer came from a provider: it may have acted on the request, or not.
struct NoAnswer: Error, CustomStringConvertible {
    let service: String
    /// Without the request's content.
    let reason: String

    var description: String { "\(service) gave no answer: \(reason)" }
}

/// No complete answer came from a provider: it may have acted on the request, or not, unless ``wasSent`` is false.
struct NoAnswer: Error, CustomStringConvertible {
    let service: String
    /// Without the request's content.
    let reason: String
    /// False when the provider was not called.
    var wasSent = true
    /// When the provider is worth another attempt, if that is known.
    var retryAfter: Duration?

    var description: String { "\(service) gave no answer: \(reason)" }
}

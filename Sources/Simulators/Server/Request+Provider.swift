import HTTPTypes
import Hummingbird
import PaymentEvents

extension Request {
    /// The body of a call to a provider.
    func providerBody<Body: Decodable>(as type: Body.Type, _ context: some RequestContext) async throws -> Body {
        do {
            return try await decode(as: type, context: context)
        } catch let error as HTTPError {
            throw ProviderRefusal(error.status, "invalid_request", error.body ?? "the body cannot be read")
        }
    }

    /// The idempotency key, which every call that changes something needs.
    func idempotencyKey() throws -> String {
        guard let key = headers[.idempotencyKey], (1...255).contains(key.utf8.count) else {
            throw ProviderRefusal(
                .badRequest, "idempotency_key_required", "the header Idempotency-Key must have 1 to 255 bytes")
        }
        return key
    }
}

extension RequestContext {
    /// The payment id in the path.
    func paymentID() throws -> String {
        let id = try parameters.require("id")
        guard PaymentID.isValid(id) else {
            throw ProviderRefusal(.badRequest, "invalid_request", "the payment id must be 1 to 64 of [A-Za-z0-9._-]")
        }
        return id
    }
}

extension HTTPField.Name {
    /// As the IETF draft "The Idempotency-Key HTTP Header Field" has it.
    static let idempotencyKey = Self("Idempotency-Key")!
}

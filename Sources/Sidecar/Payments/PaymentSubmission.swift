import Crypto
import Foundation
import HTTPTypes
import PaymentEvents
import SwiftProtobuf

/// Reads the body of a payment request.
enum PaymentSubmission {
    /// The payment request, complete and valid.
    ///
    /// A `payment_id` that is missing is derived from the idempotency key and the user, or new without a key; a
    /// `requested_at` that is missing is the time of receipt.
    ///
    /// - Returns: And whether its id is new, so that nobody can have named the payment before.
    /// - Throws: ``Problem``, which names the field.
    static func read(
        _ body: [UInt8], idempotencyKey: String?, receivedAt: Date
    ) throws -> (payment: PaymentRequested, isNew: Bool) {
        if let idempotencyKey { try check(idempotencyKey) }
        var payment: PaymentRequested
        do {
            payment = try EventCodec.decode(from: body, headers: [])
        } catch {
            let field = EventFieldFinder<PaymentRequested>.unreadableField(of: body)
            let detail = field.map { "\($0) has a value that cannot be read" } ?? "the body is not a JSON object"
            throw Problem(.badRequest, detail, field: field)
        }
        let isNew = payment.paymentID.isEmpty && idempotencyKey == nil
        if payment.paymentID.isEmpty {
            payment.paymentID = idempotencyKey.map { derivedID($0, userID: payment.userID) } ?? newID()
        }
        if !payment.hasRequestedAt { payment.requestedAt = Google_Protobuf_Timestamp(date: receivedAt) }
        do {
            try payment.validate()
        } catch {
            throw Problem(.unprocessableContent, "\(error.field) \(error.found): it \(error.rule)", field: error.field)
        }
        return (payment, isNew)
    }

    private static func newID() -> String { UUID().uuidString.lowercased() }

    private static func check(_ key: String) throws {
        let isPrintable = key.utf8.allSatisfy { (UInt8(ascii: " ")...UInt8(ascii: "~")).contains($0) }
        guard (1...255).contains(key.utf8.count), isPrintable else {
            throw Problem(
                .badRequest, "the header Idempotency-Key must have 1 to 255 printable ASCII characters",
                field: "Idempotency-Key")
        }
    }

    /// The same for the same key of the same user; other users' keys are theirs.
    private static func derivedID(_ key: String, userID: String) -> String {
        // No valid user id has a line break, so no two pairs give the same text.
        let digest = SHA256.hash(data: Data("\(userID)\n\(key)".utf8))
        return digest.prefix(16).hexadecimal
    }
}

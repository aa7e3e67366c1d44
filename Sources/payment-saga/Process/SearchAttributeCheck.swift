import PaymentSaga
import Temporal

/// Whether Temporal's namespace knows what payments are found by. One that doesn't would refuse every payment's first step.
enum SearchAttributeCheck {
    /// The official command that makes them known.
    static let remedy =
        "temporal operator search-attribute create "
        + PaymentAttributes.definitions.map { "--name \($0.0) --type \($0.1)" }.joined(separator: " ")

    /// - Throws: ``CommandFailure`` when an attribute is missing; what the call throws.
    static func run(_ client: TemporalClient) async throws {
        do {
            _ = try await client.countWorkflows(
                "\(PaymentAttributes.stuck.name) = true AND \(PaymentAttributes.status.name) = '' "
                    + "AND \(PaymentAttributes.userID.name) = '' AND \(PaymentAttributes.waitsUntil.name) < '1970-01-01T00:00:00Z'"
            )
        } catch let error as TemporalRPCError where error.code == .invalidArgument {
            throw CommandFailure(
                "Temporal's namespace lacks a search attribute (\(error.message)); make them known with: \(remedy)",
                status: CommandFailure.unavailable)
        }
    }
}

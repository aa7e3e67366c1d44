import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Asks the gateway what it holds of each payment.
struct GatewayAgreement: Sendable {
    /// Where the simulated gateway is.
    let simulators: String

    private struct Charge: Decodable {
        let status: String
    }

    /// - Returns: A sentence for each payment of which the gateway says something else than its outcome.
    func differences(_ payments: [(id: String, expected: Outcome)]) async throws -> [String] {
        var differences: [String] = []
        for payment in payments {
            let isCharged = try await status(payment.id) == "accepted"
            let isPaid = payment.expected.reasonCode == nil
            if isCharged != isPaid {
                differences.append("\(payment.id): \(payment.expected), but \(isCharged ? "charged" : "not charged")")
            }
        }
        return differences
    }

    /// - Returns: Nil when the gateway never heard of the payment.
    private func status(_ payment: String) async throws -> String? {
        let request = HTTPClientRequest(url: "\(simulators)/gateway/charges/\(payment)")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        guard response.status.code == 200 else { return nil }
        let body = try await response.body.collect(upTo: 65_536)
        return try JSONDecoder().decode(Charge.self, from: Data(body.readableBytesView)).status
    }
}

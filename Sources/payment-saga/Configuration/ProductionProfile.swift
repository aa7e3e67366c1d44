import Foundation
import Temporal

/// What the profile `production` asks of a role's settings.
struct ProductionProfile {
    /// What is too short to withstand guessing.
    private static let shortestToken = 32

    let settings: Settings

    /// - Throws: ``CommandFailure`` that lists all that is not safe, with what to do about each.
    func check(_ role: Role) throws(CommandFailure) {
        var complaints: [String?] = [try kafka]
        switch role {
        case .bridge: complaints += [try temporal]
        case .worker:
            complaints += [try temporal, try ledger]
            complaints += [.gatewayURL, .fraudURL, .notificationsURL, .inventoryURL, .shippingURL].map(provider)
        case .sidecar: complaints += [try temporal, token, reads]
        case .simulators: complaints += ["simulators are no providers: configure the real ones, or use another profile"]
        }
        complaints.append(traces)
        let found = complaints.compactMap { $0 }
        guard found.isEmpty else {
            throw CommandFailure(
                "the production profile refuses this configuration:\n"
                    + found.map { "  \($0)" }.joined(separator: "\n"),
                status: CommandFailure.badSetting)
        }
    }

    private var kafka: String? {
        get throws(CommandFailure) {
            let protocolName = try settings.kafkaConnection()["security.protocol"]?.lowercased()
            guard protocolName != "ssl" && protocolName != "sasl_ssl" else { return nil }
            return "the connection to Kafka is not encrypted: set \(name(.kafkaSecurityProtocol)) to ssl or sasl_ssl"
        }
    }

    private var temporal: String? {
        get throws(CommandFailure) {
            guard case .plaintext = try settings.temporalSecurity() else { return nil }
            return "the connection to Temporal is not encrypted: set \(name(.temporalTLS)) to true"
        }
    }

    private var ledger: String? {
        get throws(CommandFailure) {
            // A worker of other services has none.
            guard let address = settings.text(.ledger) else { return nil }
            guard Settings.isPostgres(address) else {
                if try settings.flag(.ledgerSoleWorker) { return nil }
                return "an SQLite ledger serves the workers of one machine only: give a PostgreSQL database, or set "
                    + "\(name(.ledgerSoleWorker)) to true if this is the only worker"
            }
            let parameters = URLComponents(string: address)?.queryItems ?? []
            let mode =
                parameters.last { $0.name == "sslmode" }?.value ?? ProcessInfo.processInfo.environment["PGSSLMODE"]
            guard mode != "verify-full" && mode != "verify-ca" else { return nil }
            return "the connection to PostgreSQL does not check who answers: put sslmode=verify-full into "
                + name(.ledger)
        }
    }

    private var token: String? {
        guard let token = settings.text(.apiToken) else {
            return "anyone may request and cancel payments: set \(name(.apiToken))"
        }
        guard token.utf8.count < Self.shortestToken else { return nil }
        return "\(name(.apiToken)) can be guessed: it needs \(Self.shortestToken) characters or more"
    }

    /// Nobody is to show payments to everybody without having thought of it.
    private var reads: String? {
        guard settings.text(.apiTokenForReads) == nil else { return nil }
        return
            "anyone may read payments, their users' ids among it: set \(name(.apiTokenForReads)) to true, or to false if "
            + "others see to who may"
    }

    private func provider(_ setting: Setting) -> String? {
        guard let url = settings.text(setting), !url.lowercased().hasPrefix("https://") else { return nil }
        return "\(name(setting)) is not encrypted: give an https URL"
    }

    /// The collector may stand on the same machine, as an agent.
    private var traces: String? {
        guard let url = settings.text(.otlpEndpoint), let parts = URLComponents(string: url),
            parts.scheme?.lowercased() != "https",
            !["127.0.0.1", "localhost", "[::1]", "::1"].contains(parts.host ?? "")
        else { return nil }
        return "\(name(.otlpEndpoint)) is not encrypted: give an https URL, or a collector on this machine"
    }

    private func name(_ setting: Setting) -> String { setting.name }
}

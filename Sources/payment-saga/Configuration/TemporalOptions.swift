import ArgumentParser
import Foundation
import Temporal

/// Where Temporal is.
struct TemporalOptions: ParsableArguments {
    @Option(
        help: Setting.temporalAddress.help("Temporal's frontend; 127.0.0.1:7233 unless given", valueName: "host:port"))
    var temporalAddress: String?

    @Option(help: Setting.temporalNamespace.help("Temporal's namespace; default unless given", valueName: "name"))
    var temporalNamespace: String?

    @Option(
        help: Setting.temporalTLS.help(
            "true or false; true unless given where a certificate or an API key is (\(Setting.temporalAPIKey.variable))",
            valueName: "bool"))
    var temporalTls: String?

    @Option(
        help: Setting.temporalCA.help(
            "PEM of the authorities that sign the server's certificate; the system's unless given", valueName: "file"))
    var temporalTlsCa: String?

    @Option(
        help: Setting.temporalCertificate.help("PEM of this client's certificate, for mutual TLS", valueName: "file"))
    var temporalTlsCertificate: String?

    @Option(help: Setting.temporalKey.help("PEM of its private key, not encrypted", valueName: "file"))
    var temporalTlsKey: String?

    @Option(
        help: Setting.temporalServerName.help(
            "the name the server's certificate has to carry, if it isn't the host", valueName: "name"))
    var temporalTlsServerName: String?

    var given: [Setting: String?] {
        [
            .temporalAddress: temporalAddress, .temporalNamespace: temporalNamespace, .temporalTLS: temporalTls,
            .temporalCA: temporalTlsCa, .temporalCertificate: temporalTlsCertificate, .temporalKey: temporalTlsKey,
            .temporalServerName: temporalTlsServerName,
        ]
    }
}

extension Settings {
    /// - Throws: ``CommandFailure`` when the address can't be used; what `TemporalConnection.connect` throws.
    func connectToTemporal() async throws -> TemporalConnection {
        let target = try value(
            .temporalAddress, default: ChannelTarget(host: "127.0.0.1"), expected: "host:port", { ChannelTarget($0) })
        return try await TemporalConnection.connect(
            .init(
                target: target, namespace: text(.temporalNamespace) ?? "default", security: try temporalSecurity(),
                apiKey: try secret(.temporalAPIKey)))
    }

    /// - Throws: ``CommandFailure`` for a file that can't be read, an empty API key, and settings that contradict each
    ///   other.
    private func temporalSecurity() throws(CommandFailure) -> ChannelSecurity {
        let authorities = try content(of: .temporalCA)
        let chain = try content(of: .temporalCertificate)
        let key = try content(of: .temporalKey)
        let serverName = text(.temporalServerName)
        let needsTLS = [authorities, chain, key, serverName, try secret(.temporalAPIKey)].contains { $0 != nil }
        guard try value(.temporalTLS, default: needsTLS, expected: "true or false", { Bool($0) }) else {
            // An API key must not be sent in the clear.
            guard !needsTLS else {
                throw CommandFailure(
                    "--\(Setting.temporalTLS.rawValue) (\(Setting.temporalTLS.variable)) is false, but a certificate, a "
                        + "server name or an API key is given, which need TLS", status: CommandFailure.badSetting)
            }
            return .plaintext
        }
        guard (chain == nil) == (key == nil) else {
            let missing = chain == nil ? Setting.temporalCertificate : .temporalKey
            throw CommandFailure(
                "--\(missing.rawValue) (\(missing.variable)) is missing: a certificate and its private key go together",
                status: CommandFailure.badSetting)
        }
        var certificate: ChannelSecurity.ClientCertificate?
        if let chain, let key { certificate = .init(chain: chain, privateKey: key) }
        return .tls(rootCertificates: authorities, clientCertificate: certificate, serverNameOverride: serverName)
    }

    private func content(of setting: Setting) throws(CommandFailure) -> String? {
        guard let path = text(setting) else { return nil }
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(
                "--\(setting.rawValue) (\(setting.variable)): can't read \(path): \(error.localizedDescription)",
                status: CommandFailure.badSetting)
        }
    }
}

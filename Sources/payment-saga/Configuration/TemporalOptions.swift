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
        name: .customLong(Setting.temporalTLS.rawValue),
        help: Setting.temporalTLS.help(
            "true to encrypt the connection; false unless given, or one of the files, a name or an API key is",
            valueName: "flag"))
    var temporalTLS: String?

    @Option(
        name: .customLong(Setting.temporalTLSCA.rawValue),
        help: Setting.temporalTLSCA.help(
            "PEM of the authorities that sign Temporal's certificate; the system's unless given", valueName: "file"))
    var temporalTLSCA: String?

    @Option(
        name: .customLong(Setting.temporalTLSCertificate.rawValue),
        help: Setting.temporalTLSCertificate.help(
            "PEM of the certificate that this side shows, with those between it and the root", valueName: "file"))
    var temporalTLSCertificate: String?

    @Option(
        name: .customLong(Setting.temporalTLSKey.rawValue),
        help: Setting.temporalTLSKey.help("PEM of that certificate's private key, not encrypted", valueName: "file"))
    var temporalTLSKey: String?

    @Option(
        name: .customLong(Setting.temporalTLSServerName.rawValue),
        help: Setting.temporalTLSServerName.help(
            "the name that Temporal's certificate has to carry, if it isn't the host", valueName: "name"))
    var temporalTLSServerName: String?

    @Option(
        name: .customLong(Setting.temporalAPIKey.rawValue),
        help: Setting.temporalAPIKey.help("the key that Temporal Cloud knows this side by", valueName: "key"))
    var temporalAPIKey: String?

    var given: [Setting: String?] {
        [
            .temporalAddress: temporalAddress, .temporalNamespace: temporalNamespace, .temporalTLS: temporalTLS,
            .temporalTLSCA: temporalTLSCA, .temporalTLSCertificate: temporalTLSCertificate,
            .temporalTLSKey: temporalTLSKey, .temporalTLSServerName: temporalTLSServerName,
            .temporalAPIKey: temporalAPIKey,
        ]
    }
}

extension Settings {
    /// - Throws: What ``temporal()`` and `TemporalConnection.connect` throw.
    func connectToTemporal() async throws -> TemporalConnection {
        try await TemporalConnection.connect(try temporal())
    }

    /// - Throws: ``CommandFailure`` when the address or a file can't be used, and for settings that contradict each other.
    func temporal() throws(CommandFailure) -> TemporalConnection.Configuration {
        let target = try value(
            .temporalAddress, default: ChannelTarget(host: "127.0.0.1"), expected: "host:port", { ChannelTarget($0) })
        return TemporalConnection.Configuration(
            target: target, namespace: text(.temporalNamespace) ?? "default", security: try temporalSecurity(),
            apiKey: try secret(.temporalAPIKey))
    }

    /// - Throws: ``CommandFailure`` for a file that can't be read, and for settings that contradict each other.
    func temporalSecurity() throws(CommandFailure) -> ChannelSecurity {
        let needsTLS = [
            Setting.temporalTLSCA, .temporalTLSCertificate, .temporalTLSKey, .temporalTLSServerName, .temporalAPIKey,
        ].contains { text($0) != nil }
        guard try flag(.temporalTLS, default: needsTLS) else {
            // An API key must not be sent in the clear.
            guard !needsTLS else {
                throw CommandFailure(
                    "--\(Setting.temporalTLS.rawValue) (\(Setting.temporalTLS.variable)) is false, but a certificate, "
                        + "a server name or an API key is given, which need TLS", status: CommandFailure.badSetting)
            }
            return .plaintext
        }
        return .tls(
            rootCertificates: try contents(of: .temporalTLSCA), clientCertificate: try temporalClientCertificate(),
            serverNameOverride: text(.temporalTLSServerName))
    }

    private func temporalClientCertificate() throws(CommandFailure) -> ChannelSecurity.ClientCertificate? {
        switch (try contents(of: .temporalTLSCertificate), try contents(of: .temporalTLSKey)) {
        case (nil, nil):
            return nil
        case (let chain?, let key?):
            return .init(chain: chain, privateKey: key)
        default:
            throw CommandFailure(
                "--\(Setting.temporalTLSCertificate.rawValue) and --\(Setting.temporalTLSKey.rawValue) belong together: "
                    + "give both or neither", status: CommandFailure.badSetting)
        }
    }

    /// - Throws: ``CommandFailure`` when the file can't be read; nil when none is given.
    private func contents(of setting: Setting) throws(CommandFailure) -> String? {
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

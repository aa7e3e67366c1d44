/// How a connection to a server is protected.
public enum ChannelSecurity: Sendable {
    /// No encryption and no authentication of either side: for a server on the same machine or a trusted network.
    case plaintext

    /// TLS, with the server's certificate always checked.
    /// - rootCertificates: PEM of the authorities trusted to sign it; nil means the system's.
    /// - clientCertificate: what this side proves its own identity with (mutual TLS).
    /// - serverNameOverride: the name its certificate has to carry, if it isn't the host connected to.
    case tls(
        rootCertificates: String? = nil,
        clientCertificate: ClientCertificate? = nil,
        serverNameOverride: String? = nil
    )

    /// A certificate that authenticates this side to the server. Its description leaves the private key out.
    public struct ClientCertificate: Sendable, CustomStringConvertible, CustomReflectable {
        /// PEM of the certificate, followed by those of the authorities between it and the root.
        public var chain: String
        /// PEM of the certificate's private key, not encrypted.
        public var privateKey: String

        /// Creates a certificate from the PEM of its chain and of its private key.
        public init(chain: String, privateKey: String) {
            self.chain = chain
            self.privateKey = privateKey
        }

        /// Names neither the chain nor the key.
        public var description: String { "ClientCertificate(chain and private key withheld)" }

        /// Without children, so that `dump` and a containing value's description don't print the key.
        public var customMirror: Mirror { Mirror(self, children: [:]) }
    }
}

extension ChannelSecurity {
    /// Why the credentials can't be used, as far as their form shows it.
    var problem: String? {
        guard case .tls(let rootCertificates, let clientCertificate, _) = self else { return nil }
        if let rootCertificates, !rootCertificates.contains("-----BEGIN CERTIFICATE-----") {
            return "the root certificates are not PEM; give the text of the file, not its path"
        }
        guard let clientCertificate else { return nil }
        if !clientCertificate.chain.contains("-----BEGIN CERTIFICATE-----") {
            return "the client certificate is not PEM; give the text of the file, not its path"
        }
        if !clientCertificate.privateKey.contains("PRIVATE KEY-----") {
            return "the client certificate's private key is not PEM; give the text of the file, not its path"
        }
        // OpenSSL would ask for the password on the terminal.
        if clientCertificate.privateKey.contains("ENCRYPTED") {
            return "the client certificate's private key is encrypted; decrypt it first with `openssl pkey`"
        }
        return nil
    }
}

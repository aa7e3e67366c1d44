import GRPCTestSupport
import Temporal
import Testing

@Suite("TLS")
struct TLSTests {
    private static let certificates = Result { try TestCertificates() }

    private func withServer(
        requiringClientCertificate: Bool, _ test: (ChannelTarget, TestCertificates) async throws -> Void
    ) async throws {
        let certificates = try Self.certificates.get()
        let server = try ScriptedGRPCServer(
            identity: .init(
                certificateChain: certificates.serverChain, privateKey: certificates.serverKey,
                clientRoots: requiringClientCertificate ? certificates.authority : nil)
        ) { .reply($0.message) }
        try await test(server.target, certificates)
        await server.stop()
    }

    /// How a call over a new channel ends.
    private func outcome(_ target: ChannelTarget, _ security: ChannelSecurity) async -> GRPCStatusCode {
        do throws(GRPCError) {
            let channel = try GRPCChannel(target: target, security: security)
            let error = await channel.callError([1], timeout: .seconds(60))
            await channel.close()
            return error?.code ?? .ok
        } catch {
            return error.code
        }
    }

    @Test("A certificate of a trusted authority is accepted, for each of its names")
    func trusted() async throws {
        try await withServer(requiringClientCertificate: false) { target, certificates in
            let roots = certificates.authority
            #expect(await outcome(target, .tls(rootCertificates: roots)) == .ok)
            let localhost = ChannelTarget(host: "localhost", port: target.port)
            #expect(await outcome(localhost, .tls(rootCertificates: roots)) == .ok)
            #expect(
                await outcome(target, .tls(rootCertificates: roots, serverNameOverride: "payments.test")) == .ok)
        }
    }

    @Test("A certificate of another authority, or of none the system trusts, is refused")
    func untrusted() async throws {
        try await withServer(requiringClientCertificate: false) { target, _ in
            let other = try TestCertificates()
            #expect(await outcome(target, .tls(rootCertificates: other.authority)) == .unavailable)
            #expect(await outcome(target, .tls()) == .unavailable)
        }
    }

    @Test("A certificate for another name is refused")
    func wrongName() async throws {
        try await withServer(requiringClientCertificate: false) { target, certificates in
            let security = ChannelSecurity.tls(
                rootCertificates: certificates.authority, serverNameOverride: "other.test")
            #expect(await outcome(target, security) == .unavailable)
        }
    }

    @Test("Plaintext to a TLS server fails")
    func plaintext() async throws {
        try await withServer(requiringClientCertificate: false) { target, _ in
            #expect(await outcome(target, .plaintext) == .unavailable)
        }
    }

    @Test("A server that asks for a client certificate accepts one of its authority and refuses a client without")
    func mutual() async throws {
        try await withServer(requiringClientCertificate: true) { target, certificates in
            let client = ChannelSecurity.ClientCertificate(
                chain: certificates.clientChain, privateKey: certificates.clientKey)
            let roots = certificates.authority
            #expect(await outcome(target, .tls(rootCertificates: roots, clientCertificate: client)) == .ok)
            #expect(await outcome(target, .tls(rootCertificates: roots)) == .unavailable)
            let other = try TestCertificates()
            let stranger = ChannelSecurity.ClientCertificate(chain: other.clientChain, privateKey: other.clientKey)
            #expect(
                await outcome(target, .tls(rootCertificates: roots, clientCertificate: stranger)) == .unavailable)
        }
    }

    @Test("Connecting with the wrong authority says that the certificate couldn't be verified")
    func reason() async throws {
        try await withServer(requiringClientCertificate: false) { target, _ in
            let security = ChannelSecurity.tls(rootCertificates: try TestCertificates().authority)
            let channel = try GRPCChannel(target: target, security: security)
            let error = try #require(await channel.connectError(timeout: .seconds(8)))
            #expect(error.message.contains("\(target)"))
            #expect(error.message.lowercased().contains("certificate"), "\(error)")
            await channel.close()
        }
    }

    @Test("Credentials that aren't PEM, and an encrypted key, are refused at once, saying which it is")
    func unusableForm() throws {
        let certificates = try Self.certificates.get()
        let (chain, key) = (certificates.clientChain, certificates.clientKey)
        let encrypted = key.replacing("PRIVATE KEY", with: "ENCRYPTED PRIVATE KEY")
        let cases: [(ChannelSecurity, String)] = [
            (.tls(rootCertificates: "/etc/ssl/root.pem"), "the root certificates are not PEM"),
            (.tls(rootCertificates: ""), "the root certificates are not PEM"),
            (.tls(clientCertificate: .init(chain: "client.pem", privateKey: key)), "the client certificate is not PEM"),
            (.tls(clientCertificate: .init(chain: chain, privateKey: "client.key")), "private key is not PEM"),
            (.tls(clientCertificate: .init(chain: chain, privateKey: encrypted)), "private key is encrypted"),
        ]
        for (security, reason) in cases {
            let error = #expect(throws: GRPCError.self) {
                try GRPCChannel(target: ChannelTarget(host: "127.0.0.1"), security: security)
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
        }
    }

    @Test("Damaged certificates, and a key of another certificate, fail calls and connecting for good")
    func unusableContent() async throws {
        try await withServer(requiringClientCertificate: true) { target, certificates in
            let damaged = "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n"
            let mismatched = ChannelSecurity.ClientCertificate(
                chain: certificates.clientChain, privateKey: certificates.serverKey)
            let securities: [ChannelSecurity] = [
                .tls(rootCertificates: damaged),
                .tls(rootCertificates: certificates.authority, clientCertificate: mismatched),
            ]
            for security in securities {
                #expect(await outcome(target, security) == .invalidArgument)
                let channel = try GRPCChannel(target: target, security: security)
                #expect(await channel.connectError(timeout: .seconds(6))?.code == .invalidArgument)
                await channel.close()
            }
        }
    }

    @Test("A client certificate's description withholds its private key")
    func redaction() {
        let client = ChannelSecurity.ClientCertificate(chain: "the chain", privateKey: "the key")
        let security = ChannelSecurity.tls(clientCertificate: client)
        var dumped = ""
        dump(security, to: &dumped)
        #expect(!"\(security) \(client) \(dumped)".contains("the key"))
    }
}

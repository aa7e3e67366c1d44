import Foundation
import GRPCTestSupport
import Kafka
import ProcessTestSupport
import Testing
import WaitingTestSupport

@Suite("TLS", .timeLimit(.minutes(5)))
struct TLSTests {
    /// Files with certificates, and a server that completes TLS handshakes, asks for a client's certificate, and then has
    /// nothing to say that a Kafka client understands.
    private struct Listener {
        let folder: URL
        let server: ServerProcess
        let port: Int

        static func start() async throws -> Listener {
            let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let certificates = try TestCertificates()
            for (name, text) in [
                "authority.pem": certificates.authority, "server.pem": certificates.serverChain,
                "server.key": certificates.serverKey, "client.pem": certificates.clientChain,
                "client.key": certificates.clientKey,
            ] {
                try Data(text.utf8).write(to: folder.appending(path: name))
            }
            func path(_ name: String) -> String { folder.appending(path: name).path }
            let server = try await ServerProcess.launch(
                executable: "/usr/bin/env",
                arguments: [
                    "openssl", "s_server", "-accept", "127.0.0.1:0", "-rev", "-cert", path("server.pem"), "-key",
                    path("server.key"), "-CAfile", path("authority.pem"), "-Verify", "1", "-verify_return_error",
                ], folder: folder)
            func port() -> Int? {
                server.output.split(separator: "\n").first { $0.hasPrefix("ACCEPT") }?
                    .split(separator: ":").last.flatMap { Int($0) }
            }
            try await eventually { port() != nil || server.hasEnded }
            return Listener(folder: folder, server: server, port: try #require(port(), "\(server.output)"))
        }

        /// What keeps a client with these settings from being served.
        func refusal(_ security: KafkaSecurity) async throws -> String {
            let kafka = KafkaConfiguration(
                bootstrapServers: "localhost:\(port)", properties: try security.properties())
            let error = await #expect(throws: KafkaError.self) {
                try await kafka.waitUntilReachable(timeout: .seconds(6))
            }
            return "\(String(describing: error))"
        }

        func close() async {
            await server.kill()
            try? FileManager.default.removeItem(at: folder)
        }

        func path(_ name: String) -> String { folder.appending(path: name).path }
    }

    @Test("A broker whose certificate nobody vouches for gets no word")
    func untrusted() async throws {
        let listener = try await Listener.start()
        var refusal = ""
        // The handshake may take longer than one attempt does.
        try await eventually("the certificate is refused, and not: \(refusal)") {
            refusal = try await listener.refusal(KafkaSecurity(.ssl))
            return refusal.contains("verify")
        }
        #expect(!listener.server.output.contains("CONNECTION ESTABLISHED"))
        await listener.close()
    }

    @Test("With an authority, and a certificate of its own, a client passes the handshake as who it is")
    func mutual() async throws {
        let listener = try await Listener.start()
        var security = KafkaSecurity(.ssl)
        security.authorities = listener.path("authority.pem")
        _ = try await listener.refusal(security)
        #expect(!listener.server.output.contains("CONNECTION ESTABLISHED"), "no certificate was shown")
        security.certificate = listener.path("client.pem")
        security.key = listener.path("client.key")
        // The handshake may take longer than one attempt does.
        try await eventually("the client passes, and not: \(listener.server.output)") {
            let refusal = try await listener.refusal(security)
            #expect(!refusal.contains("certificate"), "\(refusal)")
            return listener.server.output.contains("CONNECTION ESTABLISHED")
                && listener.server.output.contains("CN = client")
        }
        await listener.close()
    }
}

internal import Foundation

/// An authority made for one test run, and what it signed. All are valid for a day.
package struct TestCertificates: Sendable {
    /// PEM of the authority's own certificate.
    package let authority: String
    /// The server's, for 127.0.0.1, localhost and payments.test.
    package let serverChain: String
    package let serverKey: String
    package let clientChain: String
    package let clientKey: String

    /// Makes them with the `openssl` command in a temporary folder.
    package init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "certificates-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }

        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        func openssl(_ arguments: [String]) throws {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["openssl"] + arguments
            process.currentDirectoryURL = folder
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        }
        func text(_ name: String) throws -> String {
            try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        func sign(_ name: String, extensions: String) throws {
            try Data(extensions.utf8).write(to: folder.appending(path: "\(name).ext"))
            try openssl(["req"] + newKey + ["-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)"])
            try openssl([
                "x509", "-req", "-in", "\(name).csr", "-CA", "authority.pem", "-CAkey", "authority.key",
                "-CAcreateserial", "-days", "1", "-extfile", "\(name).ext", "-out", "\(name).pem",
            ])
        }

        try openssl(
            ["req", "-x509"] + newKey
                + ["-keyout", "authority.key", "-out", "authority.pem", "-days", "1", "-subj", "/CN=authority"])
        try sign("server", extensions: "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:payments.test")
        try sign("client", extensions: "extendedKeyUsage=clientAuth")
        authority = try text("authority.pem")
        serverChain = try text("server.pem")
        serverKey = try text("server.key")
        clientChain = try text("client.pem")
        clientKey = try text("client.key")
    }
}

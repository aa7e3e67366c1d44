import Foundation
import SwiftProtobuf

/// The schemas of this package and the official descriptors they were derived from.
struct OfficialSchemas {
    static let packageRoot = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let python = packageRoot.appending(path: ".tools/venv/bin/python")

    /// Whether `scripts/setup --tests` ran: the official descriptors come from what it installs.
    static var areInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: python.path)
            && FileManager.default.fileExists(atPath: packageRoot.appending(path: ".tools/venv/tests.digest").path)
    }

    /// Every official schema, as the Python package carries it.
    static func official() throws -> Google_Protobuf_FileDescriptorSet {
        try descriptorSet { output in
            [python.path, packageRoot.appending(path: "scripts/schemas").path, "export", output.path]
        }
    }

    /// The schemas in `Schemas`, as protoc reads them, without our payment events.
    static func ours() throws -> Google_Protobuf_FileDescriptorSet {
        let paths = try ["Schemas/google", "Schemas/temporal"].flatMap { try files(in: $0, named: ".proto") }
        return try descriptorSet { output in
            ["protoc", "-ISchemas", "--descriptor_set_out=\(output.path)"] + paths
        }
    }

    /// The files below `folder` whose names end so, as paths from the package's folder.
    static func files(in folder: String, named suffix: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: packageRoot.appending(path: folder).path)
            .filter { $0.hasSuffix(suffix) }.map { "\(folder)/\($0)" }
    }

    /// Runs a command to its end in the package's folder.
    ///
    /// - Throws: `CommandFailure` with what it printed, if its exit status is not 0.
    @discardableResult
    static func run(_ command: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = packageRoot
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CommandFailure(command: command, output: text) }
        return text
    }

    private static func descriptorSet(
        writtenBy command: (_ output: URL) -> [String]
    ) throws -> Google_Protobuf_FileDescriptorSet {
        let output = FileManager.default.temporaryDirectory.appending(path: "schemas-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        try run(command(output))
        return try Google_Protobuf_FileDescriptorSet(serializedBytes: Data(contentsOf: output))
    }
}

struct CommandFailure: Error, CustomStringConvertible {
    let command: [String]
    let output: String

    var description: String { "\(command.joined(separator: " ")) failed: \(output)" }
}

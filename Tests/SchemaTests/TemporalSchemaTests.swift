import Foundation
import SwiftProtobuf
import Testing

@Suite struct TemporalSchemaTests {
    @Test(
        "Every message, field, number, label, type, enum value and method is the official one",
        .enabled(if: OfficialSchemas.areInstalled, "run scripts/setup --tests to install the official schemas"))
    func sameAsOfficial() throws {
        let official = Declarations(try OfficialSchemas.official()).lines
        let ours = Declarations(try OfficialSchemas.ours()).lines
        let service = "temporal.api.workflowservice.v1.WorkflowService"
        #expect(ours.count > 300)
        for (name, lines) in ours where name != service {
            #expect(official[name] == lines, "\(name)")
        }
        // Of the service we declare only the methods that are used.
        let methods = try #require(ours[service])
        #expect(methods.count >= 25)
        #expect(Set(methods).isSubset(of: try #require(official[service])))
    }

    @Test(
        "The generated Swift belongs to the schemas next to it",
        arguments: ["Sources/TemporalAPI", "Sources/PaymentEvents/Generated"])
    func generatedIsCurrent(folder: String) throws {
        // Fails with the names of the files that changed since scripts/schemas ran.
        let list = "\(folder)/.generated.sha256"
        try OfficialSchemas.run(["sha256sum", "--check", "--quiet", "--strict", list])

        let recorded = try String(
            contentsOf: OfficialSchemas.packageRoot.appending(path: list), encoding: .utf8
        ).split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
        let schemas = folder.hasSuffix("TemporalAPI") ? ["Schemas/google", "Schemas/temporal"] : ["Schemas/payments"]
        let present =
            try schemas.flatMap { try OfficialSchemas.files(in: $0, named: ".proto") }
            + OfficialSchemas.files(in: folder, named: ".pb.swift")
        #expect(Set(present) == Set(recorded), "run scripts/schemas")
    }
}

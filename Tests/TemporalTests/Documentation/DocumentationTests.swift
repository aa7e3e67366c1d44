import Foundation
import Testing

/// A page for users.
enum Page: String, CaseIterable, CustomTestStringConvertible {
    case worker = "docs/temporal-worker.md"
    case determinism = "docs/determinism.md"
    case tutorial = "docs/tutorial.md"
    case readme = "README.md"

    private static let samples = URL(filePath: #filePath).deletingLastPathComponent()

    var testDescription: String { rawValue }

    var text: String {
        get throws {
            let root = Self.samples.appending(path: "../../..")
            return try String(contentsOf: root.appending(path: rawValue), encoding: .utf8)
        }
    }

    /// The Swift samples of the page, without indentation.
    var samples: [String] {
        get throws {
            try text.components(separatedBy: "```swift\n").dropFirst().map {
                Self.flat($0.components(separatedBy: "```")[0])
            }
        }
    }

    /// What is compiled and run of them, without indentation.
    static var code: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(at: samples, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "swift" && $0.lastPathComponent != "DocumentationTests.swift" }
                .map { flat(try String(contentsOf: $0, encoding: .utf8)) }
        }
    }

    private static func flat(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        return "\n" + lines.joined(separator: "\n").trimmingCharacters(in: .newlines) + "\n"
    }
}

@Suite("The pages for users")
struct DocumentationTests {
    @Test("Every Swift sample is part of what is compiled and run", arguments: Page.allCases)
    func samples(page: Page) throws {
        let code = try Page.code
        let samples = try page.samples
        #expect(!samples.isEmpty)
        for sample in samples where !code.contains(where: { $0.contains(sample) }) {
            Issue.record("no test runs this sample:\n\(sample)")
        }
    }
}

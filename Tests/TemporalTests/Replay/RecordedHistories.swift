import Foundation
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

/// Histories that other SDKs' test suites were recorded with. They are not part of the checkout, but may stand beside it.
enum RecordedHistories {
    static let folder: URL = {
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return checkout.deletingLastPathComponent().appendingPathComponent("shared/histories", isDirectory: true)
    }()

    static let areThere = FileManager.default.fileExists(atPath: folder.path)

    static let missing: Comment = "no recorded histories at ../shared/histories beside the checkout"

    /// All of one SDK, by their names.
    static func all(of sdk: String) throws -> [(name: String, history: WorkflowHistory)] {
        let files = try FileManager.default.contentsOfDirectory(
            at: folder.appendingPathComponent(sdk), includingPropertiesForKeys: nil)
        return try files.sorted { $0.path < $1.path }.map {
            ($0.deletingPathExtension().lastPathComponent, try WorkflowHistory(exported: Data(contentsOf: $0)))
        }
    }

    static func history(_ path: String) throws -> WorkflowHistory {
        try WorkflowHistory(exported: Data(contentsOf: folder.appendingPathComponent(path)))
    }
}

extension WorkflowHistory {
    /// As it would be if the workflow were of another type.
    func renamed(to type: String) -> WorkflowHistory {
        var events = events
        events[0].workflowExecutionStartedEventAttributes.workflowType.name = type
        return WorkflowHistory(workflowID: workflowID, events: events)
    }
}

import Foundation

/// Files by which the test holds activities and workflow tasks back, so that events come in an order it chooses. Both workers see
/// the same ones.
enum Gates {
    static let folder = FileManager.default.temporaryDirectory.appending(path: "differential-\(UUID().uuidString)")

    static func path(_ workflowID: String, _ name: String) -> String {
        folder.appending(path: "\(workflowID.replacing("/", with: "_"))-\(name)").path
    }

    static func open(_ workflowID: String, _ name: String) {
        _ = FileManager.default.createFile(atPath: path(workflowID, name), contents: nil)
    }

    static func isOpen(_ workflowID: String, _ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path(workflowID, name))
    }

    /// Holds up the workflow task itself, so that what happens meanwhile is one batch for the next. It blocks the thread, as workflow code
    /// must not, because anything else would let the task go on.
    static func block(_ workflowID: String, _ name: String) {
        let deadline = ContinuousClock.now + .seconds(25)
        while !isOpen(workflowID, name), ContinuousClock.now < deadline { usleep(5000) }
    }

    /// True the first time it is asked, in whichever attempt, and on a replay never.
    static func isFirst(_ workflowID: String, _ name: String) -> Bool {
        guard !isOpen(workflowID, name) else { return false }
        open(workflowID, name)
        return true
    }

    static func wait(_ workflowID: String, _ name: String) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !isOpen(workflowID, name) {
            guard ContinuousClock.now < deadline else {
                throw Play.Missed(description: "\(workflowID): gate \(name) was not opened in 60 seconds")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

import ArgumentParser
import Foundation
import PaymentSaga
import Temporal

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Checks whether this build can go on with payments that another build began.",
        discussion: """
            Each file is the history of one workflow run, as `temporal workflow show --output json` or the web \
            interface exports it. The exit status is 1 when any of them cannot be replayed.
            """)

    @Argument(help: ArgumentHelp("The exported histories.", valueName: "file"))
    var files: [String]

    func run() async throws {
        let replayer = WorkflowReplayer(workflows: WorkerService.all.flatMap(\.workflows))
        var areAllRight = true
        for file in files {
            let (text, isRight) = await Self.check(file, replayer)
            Terminal.line("\(file): \(text)")
            areAllRight = areAllRight && isRight
        }
        guard areAllRight else { throw ExitCode.failure }
    }

    private static func check(_ file: String, _ replayer: WorkflowReplayer) async -> (String, Bool) {
        let history: WorkflowHistory
        do {
            history = try WorkflowHistory(exported: try Data(contentsOf: URL(fileURLWithPath: file)))
        } catch let error as WorkflowHistoryError {
            return ("\(error)", false)
        } catch {
            return ("cannot be read: \(error.localizedDescription)", false)
        }
        let result = await replayer.replay(history)
        switch result.verdict {
        case .ok: return ("ok, \(result.workflowType), \(result.eventCount) events", true)
        case .nondeterminism(let reason): return ("nondeterministic: \(reason)", false)
        case .failed(let reason): return ("failed: \(reason)", false)
        }
    }
}

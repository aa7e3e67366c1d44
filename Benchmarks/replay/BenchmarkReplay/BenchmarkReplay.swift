import Foundation
import Temporal
import TemporalTesting

/// Replays long histories and prints how fast: `BenchmarkReplay FOLDER ACTIVITIES ROUNDS` writes them to the folder
/// as JSON too, for the baseline.
@main
struct BenchmarkReplay {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let activities = Int(arguments[2]), let rounds = Int(arguments[3]),
            activities > 1, rounds > 0
        else { return print("usage: BenchmarkReplay FOLDER ACTIVITIES ROUNDS") }
        let folder = URL(fileURLWithPath: arguments[1], isDirectory: true)
        // First of all, because memory that something else used and gave back would hide what the runs take.
        print("resident", try residentMegabytes(ofWaitingRuns: 1_000))
        let replayer = WorkflowReplayer(workflows: [SequentialWorkflow.self, MixedWorkflow.self])
        for (name, history) in [
            ("sequential", try Histories.sequential(activities: activities)),
            ("mixed", try Histories.mixed(rounds: activities / 2)),
        ] {
            try history.json().write(to: folder.appendingPathComponent("\(name).json"))
            var seconds: [Double] = []
            for _ in 0..<rounds {
                let start = ContinuousClock.now
                let result = await replayer.replay(history)
                seconds.append((ContinuousClock.now - start) / .seconds(1))
                guard result.verdict.isOK else { return print("\(name) does not replay: \(result.verdict)") }
            }
            print(name, history.eventCount, seconds.sorted()[rounds / 2])
        }
    }

    /// What runs that wait cost, cached as a worker caches them.
    private static func residentMegabytes(ofWaitingRuns count: Int) throws -> Double {
        let history = try Histories.waiting()
        // The first run pays for what all share.
        var runs = [ScriptedRun(WaitingWorkflow.self)]
        _ = runs[0].task(history)
        let before = try residentBytes()
        for _ in 0..<count {
            let run = ScriptedRun(WaitingWorkflow.self)
            _ = run.task(history)
            runs.append(run)
        }
        let after = try residentBytes()
        return withExtendedLifetime(runs) { Double(after - before) / 1_000_000 }
    }

    private static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

import Foundation
import Testing

@Suite("The development stack", .serialized, .timeLimit(.minutes(5)))
struct DevelopmentStackTests {
    static let temporalTool = Program.repository.appending(path: ".tools/venv/bin/temporal").path
    static let hasTemporal = FileManager.default.isExecutableFile(atPath: temporalTool)

    @Test(
        "200 payments survive kill -9 of the worker",
        .enabled(if: hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func killedWorker() async throws {
        let program = try Program(["dev", "--payments", "200", "--kill-worker-after", "60"])
        #expect(try await program.status(within: .seconds(240)) == 0, "\(program.output)\n\(program.errors)")
        let output = program.output
        #expect(output.contains("killing the worker with SIGKILL after"))
        #expect(output.contains("balanced, 0 violations"))
        #expect(output.contains("every payment has exactly the outcome expected, and the books balance"))
        for reason in ["malformed", "missing_key", "invalid"] { #expect(output.contains("dead letter \(reason)")) }
    }

    @Test(
        "ends with all its processes when it is killed with SIGKILL",
        .enabled(if: hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func killedStack() async throws {
        let program = try Program(["dev", "--payments", "0", "--keep"])
        _ = try await program.line(containing: "running until Ctrl-C", within: .seconds(120))
        let children = ProcessTable.descendants(of: program.pid)
        // Temporal and its supervisor, the broker, and four roles.
        #expect(children.count == 7)
        program.send(SIGKILL)
        try await expectGone(children, within: .seconds(30))
    }

    @Test(
        "runs when every role is ready, and ends in order at Ctrl-C, with status 0 and nothing left running",
        .enabled(if: hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func interruptedStack() async throws {
        let stack = try await RunningStack()
        for role in [stack.sidecar, stack.bridgeMetrics, stack.workerMetrics] {
            let answer = try await HTTPAnswer.get("\(role.replacing("/metrics", with: ""))/readyz")
            #expect(answer.status == 200, "\(role): \(answer.text)")
        }
        let children = ProcessTable.descendants(of: stack.program.pid)
        stack.program.send(SIGINT)
        #expect(try await stack.program.status() == 0)
        try await expectGone(children, within: .zero)
    }

    @Test(
        "kept, runs on when not every payment came out, and then ends with status 1",
        .enabled(if: hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func keptStack() async throws {
        let program = try Program(["dev", "--payments", "30", "--keep", "--deadline", "1s"])
        _ = try await program.line(containing: "running until Ctrl-C", within: .seconds(120))
        #expect(program.output.contains("not all came out within 1.0 seconds"))
        program.send(SIGINT)
        #expect(try await program.status() == 1)
        #expect(program.errors.contains("not everything came out as expected; data and logs are in"))
    }

    private func expectGone(_ processes: Set<ProcessTable.Entry>, within limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        var left = processes
        while !left.isEmpty {
            // The parent of those that are left is another one now.
            let running = ProcessTable.running()
            left = left.filter { entry in
                running.contains { $0.pid == entry.pid && $0.startTime == entry.startTime }
            }
            guard ContinuousClock.now < deadline else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(left.isEmpty)
    }
}

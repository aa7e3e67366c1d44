import ArgumentParser
import Foundation

/// Runs a program that knows nothing of its parent so that it ends with it all the same.
struct SuperviseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise",
        abstract: "Runs a program until it ends, or a signal comes, or standard input is closed.",
        shouldDisplay: false)

    /// How long the program may take to end by itself.
    private static let gracePeriod = Duration.seconds(5)

    @Argument(parsing: .postTerminator, help: "The program and its arguments, after --.")
    var command: [String] = []

    func validate() throws {
        if command.isEmpty { throw ValidationError("the program is missing: give it after --") }
    }

    func run() async throws {
        let null = try OpenFile(path: "/dev/null", O_RDWR)
        let child = try ChildProcess(
            command[0], Array(command.dropFirst()), environment: ProcessInfo.processInfo.environment,
            input: null.descriptor, output: STDOUT_FILENO, errors: STDERR_FILENO)
        let isAskedToEnd = Latch()
        let watch = Task {
            await EndRequests.watch(watchesParent: true) { _ in
                if isAskedToEnd.trip() {
                    child.signal(SIGKILL)
                } else {
                    Task { await child.end(within: Self.gracePeriod) }
                }
            }
        }
        let status = await child.status
        watch.cancel()
        throw ExitCode(status.code)
    }
}

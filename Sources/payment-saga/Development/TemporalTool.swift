import Foundation
import PaymentSaga

/// The official Temporal command line, which brings the development server.
enum TemporalTool {
    /// Names the binary, for whoever has it elsewhere.
    static let variable = "PAYMENT_SAGA_TEMPORAL_CLI"

    /// The one that is named, else the one that scripts/setup installs, else the one on the PATH.
    /// - Throws: ``CommandFailure`` when there is none.
    static func find() throws(CommandFailure) -> String {
        let environment = ProcessInfo.processInfo.environment
        var candidates = [FileManager.default.currentDirectoryPath + "/.tools/venv/bin/temporal"]
        candidates += (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/temporal" }
        if let named = environment[variable], !named.isEmpty { candidates = [named] }
        guard let tool = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
            throw CommandFailure(
                "temporal CLI not found: run scripts/setup, or put `temporal` on the PATH",
                status: CommandFailure.unavailable)
        }
        return tool
    }

    /// The arguments of a server that keeps its state in a file.
    static func serverArguments(port: Int, webPort: Int, database: URL) -> [String] {
        [
            "server", "start-dev", "--ip", "127.0.0.1", "--port", "\(port)", "--ui-port", "\(webPort)",
            "--db-filename", database.path, "--log-level", "error",
            // The file outlives a kill of the server all the same; waiting for the disk would make each payment take a
            // second of it. Only a crash of the machine loses something.
            "--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=off",
            // Without these, every workflow task waits for the next of 20 polls a second.
            "--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000",
            "--dynamic-config-value", "history.timerProcessorMaxPollRPS=2000",
            // Whenever new tasks come, the server goes through all since it last noted what is done. At the default of 30 s and
            // 40 payments a second, that is a quarter of its work.
            "--dynamic-config-value", "history.transferProcessorUpdateAckInterval=\"1s\"",
            "--dynamic-config-value", "history.visibilityProcessorUpdateAckInterval=\"1s\"",
            "--dynamic-config-value", "history.timerProcessorUpdateAckInterval=\"1s\"",
            // Else the search attributes are read from the database at 24 places of each payment, as if somebody had just added one.
            "--dynamic-config-value", "system.forceSearchAttributesCacheRefreshOnRead=false",
            // Without it, a task that is on its way to a worker as that ends is lost until it times out.
            "--dynamic-config-value", "frontend.enableCancelWorkerPollsOnShutdown=true",
        ] + PaymentAttributes.definitions.flatMap { ["--search-attribute", "\($0.0)=\($0.1)"] }
    }

    /// The environment of a server that reads and writes nobody's settings, and asks nobody for updates.
    static func environment(_ inherited: [String: String], home: URL) -> [String: String] {
        var environment = inherited.merging(["HOME": home.path, "TEMPORAL_VERSION_CHECK_DISABLED": "1"]) { $1 }
        // Nearly all that it allocates is garbage soon. Collected this seldom, it costs less of a processor, and some memory.
        environment["GOGC"] = inherited["GOGC"] ?? "400"
        return environment
    }
}

import Foundation
import Logging
import Temporal
import TemporalTestSupport

/// What all scenarios play on: one server, our worker, and the official SDK's.
struct Stage: Sendable {
    enum Side: String { case ours, official }

    let client: TemporalClient
    let official: OfficialSDK
    private let address: String
    private let places = Places()

    static func shared() async throws -> Stage { try await sharedStage.value }

    private static let sharedStage = Task {
        let server = try await TemporalDevServer.shared()
        try FileManager.default.createDirectory(at: Gates.folder, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(at: Gates.folder) }
        let target = ChannelTarget(host: server.host, port: server.port)
        let stage = Stage(
            client: TemporalClient(try await TemporalConnection.connect(.init(target: target))),
            official: try OfficialSDK(address: "\(server.host):\(server.port)", gates: Gates.folder.path),
            address: "\(server.host):\(server.port)")
        for side in [Side.ours, .official] {
            for place in 0..<Places.count { try await stage.serve(stage.queue(of: side, place), by: side) }
        }
        return stage
    }

    /// Waits for one of the places on the stage. Each has workers of its own: scenarios hold up the few threads that a worker drives
    /// workflows on, and what is timed in one must not wait for another.
    func withPlace<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
        let place = await places.take()
        do {
            let result = try await body(place)
            await places.leave(place)
            return result
        } catch {
            await places.leave(place)
            throw error
        }
    }

    /// The queue a side serves from the start, for one place.
    func queue(of side: Side, _ place: Int) -> String { "differential-\(side)-\(place)" }

    /// Has a side serve a queue until the process ends.
    func serve(_ queue: String, by side: Side) async throws {
        switch side {
        case .official: try await official.serve(queue)
        case .ours:
            var configuration = WorkerConfiguration(taskQueue: queue)
            // Scenarios hold workflow tasks up on purpose.
            configuration.deadlockTimeout = nil
            configuration.workflowPollers = .fixed(2)
            configuration.activityPollers = .fixed(1)
            let worker = Worker(
                client: client, configuration: configuration, workflows: Scenario.workflows,
                activities: Shared.activities, logger: Logger(label: "differential") { _ in SwiftLogNoOpLogHandler() })
            Task { try await worker.run() }
        }
    }
}

import FaultInjection

/// Something that happens to a part of the stack.
enum Disturbance: Sendable, CustomStringConvertible {
    /// SIGKILL, and a new start.
    case kill(String)
    /// SIGSTOP, and SIGCONT after that many milliseconds.
    case pause(String, Int)
    /// A fault between a part and Temporal, for that many milliseconds.
    case fault(String, FaultProxy.Fault, Int)

    var description: String {
        switch self {
        case .kill(let part): "kill \(part)"
        case .pause(let part, let time): "pause \(part) for \(time) ms"
        case .fault(let part, let fault, let time): "\(fault) between \(part) and Temporal for \(time) ms"
        }
    }
}

/// Chooses disturbances at random; the same seed chooses the same ones.
struct Disturber {
    private static let killed = ["bridge", "worker", "temporal"]
    // The broker and the providers keep everything in memory: killed, they would have forgotten what they said.
    private static let paused = ["bridge", "worker", "temporal", "dev-broker", "simulators", "sidecar"]
    private static let faults: [FaultProxy.Fault] = [
        .cut, .refuse, .halfOpen, .loseAnswers, .wrongAnswers, .delay(.milliseconds(200)),
    ]

    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// - Returns: What happens next, and the time of peace after it.
    mutating func next() -> (Disturbance, Duration) {
        let time = Int.random(in: 200...5_000, using: &random)
        let disturbance: Disturbance =
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: .kill(one(of: Self.killed))
            case 4..<6: .pause(one(of: Self.paused), time)
            default:
                .fault(
                    one(of: ["bridge", "worker"]), Self.faults[Int.random(in: 0..<Self.faults.count, using: &random)],
                    time)
            }
        return (disturbance, .milliseconds(Int.random(in: 500...4_000, using: &random)))
    }

    func apply(_ disturbance: Disturbance, to stack: DevStack) async throws {
        switch disturbance {
        case .kill(let part): try await stack.crash(part)
        case .pause(let part, let time):
            await stack.setPaused(part, true)
            try? await Task.sleep(for: .milliseconds(time))
            await stack.setPaused(part, false)
        case .fault(let part, let fault, let time):
            let proxy = await stack.proxies[part]
            try proxy?.set(fault)
            try? await Task.sleep(for: .milliseconds(time))
            try proxy?.set(.none)
        }
        try Task.checkCancellation()
    }

    private mutating func one(of parts: [String]) -> String {
        parts[Int.random(in: 0..<parts.count, using: &random)]
    }
}

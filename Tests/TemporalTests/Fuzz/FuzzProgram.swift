import Foundation
import TemporalTesting

/// One step of a random program that a workflow carries out.
indirect enum FuzzStep: Codable, Sendable {
    case activity(fails: Bool, isPatient: Bool)
    case sleep(seconds: Int)
    /// Waits until so many signals have come, or for a time.
    case signals(count: Int, seconds: Int)
    case sequence([FuzzStep])
    case together([FuzzStep])
    /// The first to end cancels the others.
    case race([FuzzStep])
    case child([FuzzStep])
    case patched(id: String, [FuzzStep])
    case shielded([FuzzStep])
    /// Shielded: whether a cancellation still meets it depends on how fast it is.
    case local(fails: Bool)
    case signalOther(isThere: Bool)
    case cancelOther(isThere: Bool)
    case memo(Int)
    /// Takes from the run's own random numbers.
    case draw

    static func random(using generator: inout SeededGenerator, depth: Int) -> FuzzStep {
        func steps(_ counts: ClosedRange<Int>) -> [FuzzStep] {
            (0..<Int.random(in: counts, using: &generator)).map { _ in random(using: &generator, depth: depth - 1) }
        }
        switch Int.random(in: 0..<(depth > 0 ? 18 : 11), using: &generator) {
        case 0, 1:
            return .activity(
                fails: generator.happens(0.2), isPatient: generator.happens(0.3))
        case 2, 3: return .sleep(seconds: Int.random(in: 0...20, using: &generator))
        case 4:
            return .signals(
                count: Int.random(in: 1...4, using: &generator), seconds: Int.random(in: 1...30, using: &generator))
        case 5: return .draw
        case 6, 7: return .local(fails: generator.happens(0.2))
        case 8: return .signalOther(isThere: generator.happens(0.8))
        case 9: return .cancelOther(isThere: generator.happens(0.3))
        case 10: return .memo(Int.random(in: 0...9, using: &generator))
        case 11: return .sequence(steps(1...3))
        case 12, 13: return .together(steps(1...4))
        case 14, 15: return .race(steps(2...3))
        case 16: return .child(steps(1...2))
        default:
            return generator.happens(0.5)
                ? .patched(id: "patch-\(Int.random(in: 1...3, using: &generator))", steps(1...2))
                : .shielded(steps(1...2))
        }
    }
}

/// What a fuzzed workflow does, and what its handlers do.
struct FuzzProgram: Codable, Sendable {
    var steps: [FuzzStep]
    var onSignal: [FuzzStep] = []
    var onUpdate: [FuzzStep] = []
    /// What the runs do that follow, one after the other.
    var successors: [[FuzzStep]] = []

    static func random(using generator: inout SeededGenerator) -> FuzzProgram {
        func steps(_ count: Int) -> [FuzzStep] { (0..<count).map { _ in .random(using: &generator, depth: 3) } }
        return FuzzProgram(
            steps: steps(Int.random(in: 1...6, using: &generator)),
            onSignal: generator.happens(0.5) ? [.random(using: &generator, depth: 1)] : [],
            onUpdate: generator.happens(0.6) ? [.random(using: &generator, depth: 1)] : [],
            successors: generator.happens(0.3) ? [steps(Int.random(in: 1...3, using: &generator))] : [])
    }
}

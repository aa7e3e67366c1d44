import SwiftProtobuf
import TemporalAPI

/// A durable timer.
struct TimerMachine: Machine {
    enum State { case startRequested, started, cancelRequested, fired, canceled }

    private(set) var state = State.startRequested
    let sequence: Int

    private var id: String { String(sequence) }

    static func start(sequence: Int, duration: Duration, summary: String? = nil) -> (TimerMachine, Command) {
        let command = Command.with {
            if let summary { $0.userMetadata.summary = .text(summary) }
            $0.commandType = .startTimer
            $0.startTimerCommandAttributes.timerID = String(sequence)
            // A timer of no time at all must still leave its event in history.
            $0.startTimerCommandAttributes.startToFireTimeout = .init(max(duration, .milliseconds(1)))
        }
        return (TimerMachine(sequence: sequence), command)
    }

    var isFinal: Bool { state == .fired || state == .canceled }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        switch (state, event.attributes) {
        case (.startRequested, .timerStartedEventAttributes(let attributes)):
            guard attributes.timerID == id else {
                throw Nondeterminism("history starts timer \(attributes.timerID), the code timer \(id)")
            }
            state = .started
            return []
        case (.started, .timerFiredEventAttributes(let attributes)):
            guard attributes.timerID == id else {
                throw Nondeterminism("history fires timer \(attributes.timerID), the code waits for timer \(id)")
            }
            state = .fired
            return [.job(.resolveTimer(sequence: sequence))]
        case (.cancelRequested, .timerCanceledEventAttributes(let attributes)):
            guard attributes.timerID == id else {
                throw Nondeterminism("history cancels timer \(attributes.timerID), the code timer \(id)")
            }
            state = .canceled
            return []
        default: throw Nondeterminism("timer \(id)", got: event, in: state)
        }
    }

    mutating func cancel() -> [MachineOutput] {
        switch state {
        case .startRequested:
            state = .canceled
            return [.withdraw]
        case .started:
            state = .cancelRequested
            return [
                .command(
                    .with {
                        $0.commandType = .cancelTimer
                        $0.cancelTimerCommandAttributes.timerID = id
                    })
            ]
        case .cancelRequested, .fired, .canceled: return []
        }
    }
}

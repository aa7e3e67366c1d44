import LoadGenerator

/// Tells how far a load has come: on a terminal by a bar that is written over, elsewhere by a line every five seconds.
struct LoadProgress {
    private static let width = 30
    private static let interval = Duration.seconds(5)

    private let total: Int
    private let isInteractive = Terminal.isInteractive
    private var next = LoadProgress.interval

    init(total: Int) { self.total = total }

    mutating func show(_ recorder: LoadRecorder, elapsed: Duration) {
        if isInteractive {
            Terminal.overwrite(text(recorder, elapsed))
        } else if elapsed >= next {
            next += Self.interval
            Terminal.line(text(recorder, elapsed))
        }
    }

    func end(_ recorder: LoadRecorder, elapsed: Duration) {
        if isInteractive {
            Terminal.overwrite(text(recorder, elapsed))
            Terminal.line()
        } else {
            Terminal.line(text(recorder, elapsed))
        }
    }

    private func text(_ recorder: LoadRecorder, _ elapsed: Duration) -> String {
        let (sent, answered) = recorder.counts
        let filled = total == 0 ? 0 : Self.width * answered / total
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        let rate = elapsed > .zero ? Double(answered) / elapsed.seconds : 0
        return "\(bar) \(sent) sent, \(answered) of \(total) outcomes, \(rate.rounded(to: 1)) a second, "
            + "p50 \(recorder.medianMilliseconds.rounded(to: 0)) ms, \(elapsed.seconds.rounded(to: 0)) s"
    }
}

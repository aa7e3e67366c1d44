/// Tells how far a demonstration has come: on a terminal in a line that is written over, elsewhere at every quarter.
struct ProgressLine {
    private static let stepsInFile = 4

    private let total: Int
    private let start: ContinuousClock.Instant
    private let isInteractive = Terminal.isInteractive
    private var shown = -1

    init(total: Int, start: ContinuousClock.Instant) {
        self.total = total
        self.start = start
    }

    mutating func show(_ count: Int) {
        guard total > 0, count != shown else { return }
        if isInteractive {
            shown = count
            Terminal.overwrite(text(count))
        } else if count * Self.stepsInFile / total > max(0, shown) * Self.stepsInFile / total {
            shown = count
            Terminal.line(text(count))
        }
    }

    /// Puts a line of its own between.
    mutating func interrupt(_ line: String) {
        end()
        Terminal.line(line)
        if isInteractive { shown = -1 }
    }

    func end() {
        if isInteractive, shown >= 0 { Terminal.line() }
    }

    private func text(_ count: Int) -> String {
        let elapsed = (ContinuousClock.now - start).seconds
        return "\(count) of \(total) outcomes after \(elapsed.rounded(to: 1)) s"
    }
}

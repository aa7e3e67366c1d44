import Foundation
import UnixSignals

/// What asks this process to end: SIGINT, SIGTERM, and, for a child of `payment-saga dev`, the end of standard input,
/// which is a pipe whose other end closes when the parent is gone, however that ended.
enum EndRequests {
    /// Set to 1 for the children of `payment-saga dev`.
    static let exitWithParentVariable = "PAYMENT_SAGA_EXIT_WITH_PARENT"

    /// Where a request comes from.
    enum Origin {
        case signal, parentGone
    }

    static var watchesParent: Bool { ProcessInfo.processInfo.environment[exitWithParentVariable] == "1" }

    /// Calls `body` for each request, on any thread, until the task is cancelled.
    /// - Parameter watchesParent: Whether the end of standard input counts.
    static func watch(watchesParent: Bool, _ body: @escaping @Sendable (Origin) -> Void) async {
        if watchesParent {
            Thread.detachNewThread {
                waitForEndOfInput()
                body(.parentGone)
            }
        }
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { body(.signal) }
    }

    private static func waitForEndOfInput() {
        var buffer = [UInt8](repeating: 0, count: 512)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count == 0 || (count < 0 && errno != EINTR) { return }
        }
    }
}

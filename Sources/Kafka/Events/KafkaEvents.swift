/// The events of a consumer or reader, as they come. Records are fetched from the client only when asked for, so an
/// application that stops reading stops the flow.
///
/// Iterate in one place at a time. Leaving the loop and starting another continues where the first one stopped. The
/// sequence ends when the client is closed or the iterating task cancelled.
public struct KafkaEvents<Event: Sendable>: AsyncSequence, Sendable {
    /// Reads the events one by one.
    public struct Iterator: AsyncIteratorProtocol {
        private let listening: Listening
        private let source: @Sendable () async -> Event?

        fileprivate init(_ events: KafkaEvents) {
            self.listening = Listening(events.listen)
            self.source = events.source
        }

        /// Waits for the next event; `nil` after the end or when the task is cancelled.
        public func next() async -> Event? {
            await source()
        }
    }

    /// Tells when an iterator begins and when the last copy of it is gone.
    private final class Listening: Sendable {
        private let listen: @Sendable (Int) -> Void

        init(_ listen: @escaping @Sendable (Int) -> Void) {
            self.listen = listen
            listen(1)
        }

        deinit { listen(-1) }
    }

    private let source: @Sendable () async -> Event?
    private let listen: @Sendable (Int) -> Void

    init(source: @escaping @Sendable () async -> Event?, listen: @escaping @Sendable (Int) -> Void) {
        self.source = source
        self.listen = listen
    }

    /// An iterator that goes on where the last one stopped.
    public func makeAsyncIterator() -> Iterator {
        Iterator(self)
    }
}

internal import CRdKafka

/// Tells that a queue of librdkafka is no longer empty.
private final class QueueSignal: Sendable {
    let notify: @Sendable () -> Void

    init(_ notify: @escaping @Sendable () -> Void) {
        self.notify = notify
    }
}

extension ClientHandle {
    /// Has `notify` called, on a thread of librdkafka, each time the queue stops being empty. It must neither block nor
    /// call librdkafka: the queue is locked meanwhile. The handle takes the queue over and destroys it with the client.
    func watch(_ queue: Pointer, notify: @escaping @Sendable () -> Void) {
        let signal = QueueSignal(notify)
        rd_kafka_queue_cb_event_enable(
            queue.raw,
            { _, opaque in
                guard let opaque else { return }
                Unmanaged<QueueSignal>.fromOpaque(opaque).takeUnretainedValue().notify()
            },
            Unmanaged.passUnretained(signal).toOpaque()
        )
        onDestroy {
            // Switching the callback off takes the queue's lock, under which callbacks run: none runs afterwards, and
            // this closure has kept the signal alive until then.
            rd_kafka_queue_cb_event_enable(queue.raw, nil, nil)
            withExtendedLifetime(signal) {}
            rd_kafka_queue_destroy(queue.raw)
        }
    }
}

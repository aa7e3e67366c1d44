internal import DequeModule
internal import Synchronization

/// The senders that await acknowledgement, by the number their record carries through librdkafka, and those that wait
/// for room in its queue.
final class DeliveryTable: Sendable {
    enum Outcome: Sendable {
        case delivered(KafkaDelivery)
        /// Room was made; try again.
        case room
    }

    /// Thrown by an attempt to queue a record when the queue is full.
    struct QueueFull: Error {}

    typealias Sender = CheckedContinuation<Outcome, any Error>

    private struct State {
        var lastID: UInt = 0
        var awaitingDelivery: [UInt: Sender] = [:]
        var awaitingRoom: [UInt: Sender] = [:]
        var roomQueue: Deque<UInt> = []
        var closedClient: String?
    }

    private let state = Mutex(State())

    /// How many senders wait, for room or acknowledgement.
    var count: Int { state.withLock { $0.awaitingDelivery.count + $0.awaitingRoom.count } }

    func makeID() -> UInt {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// Queues a record with `produce` and keeps `sender` until its outcome is known.
    ///
    /// The lock is held around `produce`. That makes a full queue and the wait for room one step: room is announced
    /// under the same lock, so no announcement can fall between the two.
    func enter(_ id: UInt, _ sender: Sender, produce: () throws -> Void) {
        let failure: (any Error)? = state.withLock { state in
            if let client = state.closedClient { return KafkaError.closed(client: client) }
            // Its handler may have run before the sender was here to be found.
            if Task.isCancelled { return CancellationError() }
            do {
                try produce()
                state.awaitingDelivery[id] = sender
            } catch is QueueFull {
                state.awaitingRoom[id] = sender
                state.roomQueue.append(id)
            } catch {
                return error
            }
            return nil
        }
        if let failure { sender.resume(throwing: failure) }
    }

    /// Ends the wait for room of a cancelled sender.
    func stopWaiting(_ id: UInt) {
        state.withLock { $0.awaitingRoom.removeValue(forKey: id) }?.resume(throwing: CancellationError())
    }

    /// Reports outcomes and lets as many waiting senders try again as records have left the queue.
    func complete(_ results: [(UInt, Result<KafkaDelivery, any Error>)]) {
        let (done, admitted) = state.withLock { state in
            let done = results.compactMap { id, result in
                state.awaitingDelivery.removeValue(forKey: id).map { ($0, result) }
            }
            var admitted: [Sender] = []
            while admitted.count < results.count, let id = state.roomQueue.popFirst() {
                // A cancelled sender has left its number behind.
                if let sender = state.awaitingRoom.removeValue(forKey: id) { admitted.append(sender) }
            }
            return (done, admitted)
        }
        for (sender, result) in done { sender.resume(with: result.map(Outcome.delivered)) }
        for sender in admitted { sender.resume(returning: .room) }
    }

    /// Refuses new records and those that wait for room. False when it was closed already.
    func close(client: String) -> Bool {
        let waiting: [Sender]? = state.withLock { state in
            guard state.closedClient == nil else { return nil }
            state.closedClient = client
            defer { state.awaitingRoom = [:] }
            return Array(state.awaitingRoom.values)
        }
        for sender in waiting ?? [] { sender.resume(throwing: KafkaError.closed(client: client)) }
        return waiting != nil
    }

    /// Fails every sender that still waits.
    func failAll(_ error: KafkaError) {
        let senders = state.withLock { state in
            defer { state.awaitingDelivery = [:] }
            return Array(state.awaitingDelivery.values)
        }
        for sender in senders { sender.resume(throwing: error) }
    }
}

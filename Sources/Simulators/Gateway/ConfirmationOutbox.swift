import Kafka
import Logging
import PaymentEvents

/// Confirmations that are due later or on their way: each is sent once its delay is over, and sent again until it is
/// acknowledged.
actor ConfirmationOutbox {
    /// Makes the confirmation when it is due; nil when there is nothing to confirm any more.
    typealias Decision = @Sendable () async -> GatewayConfirmation?

    private struct Entry {
        let delay: Task<Void, Never>
        let delivery: Task<Void, Never>
    }

    private let delay: Duration
    private let logger: Logger
    private let send: @Sendable (GatewayConfirmation) async throws -> Void
    private var entries: [String: Entry] = [:]

    /// - Parameter send: Returns when the confirmation is stored.
    init(delay: Duration, logger: Logger, send: @escaping @Sendable (GatewayConfirmation) async throws -> Void) {
        self.delay = delay
        self.logger = logger
        self.send = send
    }

    /// - Parameter delay: The outbox's own unless given.
    func add(_ paymentID: String, after delay: Duration? = nil, decide: @escaping Decision) {
        let delay = Task { [delay = delay ?? self.delay] in
            // Ended early when the outbox is drained.
            do { try await Task.sleep(for: delay) } catch {}
        }
        let delivery = Task {
            await delay.value
            if let confirmation = await decide() { await deliver(confirmation) }
            entries[paymentID] = nil
        }
        entries[paymentID] = Entry(delay: delay, delivery: delivery)
    }

    /// Sends at once what is still waiting, and returns when all is acknowledged or the producer has been closed.
    func drain() async {
        for entry in entries.values { entry.delay.cancel() }
        while let entry = entries.values.first { await entry.delivery.value }
    }

    private func deliver(_ confirmation: GatewayConfirmation) async {
        var pause = Duration.milliseconds(100)
        while true {
            do {
                return try await send(confirmation)
            } catch {
                let metadata: Logger.Metadata = ["payment_id": "\(confirmation.paymentID)", "error": "\(error)"]
                guard Self.isWorthRepeating(error) else {
                    return logger.error("confirmation lost", metadata: metadata)
                }
                logger.warning("confirmation not acknowledged, sending it again", metadata: metadata)
            }
            do { try await Task.sleep(for: pause) } catch { return }
            pause = min(pause * 2, .seconds(1))
        }
    }

    private static func isWorthRepeating(_ error: any Error) -> Bool {
        switch error {
        case KafkaError.closed, KafkaError.fatal, is EventCodingError: false
        default: true
        }
    }
}

import Bridge
import Foundation
import Kafka
import Ledger
import PaymentEvents

/// Puts a workload on a running stack, and waits for what comes of it.
struct Demonstration: Sendable {
    let workload: Workload
    let kafka: KafkaConfiguration
    let topics: Topics
    let ledger: any Ledger
    /// The time for everything to come out.
    let limit: Duration
    /// How many outcomes to wait for before the worker is killed; nil to let it live.
    let outcomesBeforeCrash: Int?
    /// Over what time the payments are sent; all at once if zero.
    var pace = Duration.zero
    /// Kills the worker and starts another.
    let crashWorker: @Sendable () async throws -> Void

    /// - Returns: What came of it, complete or not when the limit is reached.
    func run() async throws -> Report {
        let before = try await balances()
        let scoreboard = Scoreboard()
        let reader = try await KafkaReader(kafka, topics: [topics.outcomes, topics.deadLetters])
        let producer = try KafkaProducer(kafka)
        let reading = Task { await read(reader, into: scoreboard) }
        do {
            try await producer.prepare(topics: [topics.requests])
            let origins = try await produceBadRecords(with: producer)
            let start = ContinuousClock.now
            let deadline = start + limit
            let sentAt = try await producePayments(with: producer)
            var isInTime = try await waitForOutcomes(on: scoreboard, from: start, deadline: deadline)
            if isInTime {
                isInTime = try await until(deadline) { await scoreboard.deadLetters.count >= origins.count }
            }
            await finish(reader, producer, reading)
            return Report(
                workload: workload, badRecordOrigins: origins, sentAt: sentAt, results: await scoreboard.results,
                deadLetters: await scoreboard.deadLetters, repetitions: await scoreboard.repetitions,
                unreadable: await scoreboard.unreadable, startedAt: start, pace: pace,
                missedLimit: isInTime ? nil : limit,
                books: try await Books(report: ledger.verify(), before: before, after: balances()))
        } catch {
            await finish(reader, producer, reading)
            throw error
        }
    }

    private func finish(_ reader: KafkaReader, _ producer: KafkaProducer, _ reading: Task<Void, Never>) async {
        await reader.close()
        await producer.close(timeout: .seconds(1))
        await reading.value
    }

    private func read(_ reader: KafkaReader, into scoreboard: Scoreboard) async {
        for await event in reader.events {
            guard case .records(let records) = event else { continue }
            for record in records {
                if record.topic == topics.outcomes {
                    await scoreboard.addOutcome(record)
                } else {
                    await scoreboard.addDeadLetter(
                        record, reason: DeadLetterHeader.reason, partition: DeadLetterHeader.partition,
                        offset: DeadLetterHeader.offset)
                }
            }
        }
    }

    /// - Returns: Where each of them is, in their order.
    private func produceBadRecords(with producer: KafkaProducer) async throws -> [Scoreboard.Origin] {
        var origins: [Scoreboard.Origin] = []
        for bad in workload.badRecords {
            let delivery = try await producer.send(bad.record)
            origins.append(Scoreboard.Origin(partition: delivery.partition, offset: delivery.offset))
        }
        return origins
    }

    /// Sends all of them, one after the other over ``pace``.
    /// - Returns: When each was sent, by payment.
    private func producePayments(with producer: KafkaProducer) async throws -> [String: ContinuousClock.Instant] {
        try await withThrowingTaskGroup(of: (String, ContinuousClock.Instant).self) { group in
            let interval = pace / max(1, workload.payments.count)
            for payment in workload.payments {
                if interval > .zero { try await Task.sleep(for: interval) }
                group.addTask {
                    let time = ContinuousClock.now
                    _ = try await producer.send(payment.record)
                    return (payment.id, time)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// - Returns: Whether all came before the deadline.
    private func waitForOutcomes(
        on scoreboard: Scoreboard, from start: ContinuousClock.Instant, deadline: ContinuousClock.Instant
    ) async throws -> Bool {
        var progress = ProgressLine(total: workload.payments.count, start: start)
        defer { progress.end() }
        if let outcomes = outcomesBeforeCrash {
            let isReached = try await until(deadline) {
                let count = await scoreboard.results.count
                progress.show(count)
                return count >= outcomes
            }
            guard isReached else { return false }
            progress.interrupt("killing the worker with SIGKILL after \(outcomes) outcomes, and starting another")
            try await crashWorker()
        }
        return try await until(deadline) {
            let count = await scoreboard.results.count
            progress.show(count)
            return count >= workload.payments.count
        }
    }

    /// - Returns: Whether the condition held before the deadline.
    private func until(_ deadline: ContinuousClock.Instant, _ condition: () async -> Bool) async throws -> Bool {
        while await !condition() {
            guard .now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(50))
        }
        return true
    }

    private func balances() async throws -> [String: Account] {
        Dictionary(try await ledger.allAccounts().map { ($0.id, $0) }) { $1 }
    }
}

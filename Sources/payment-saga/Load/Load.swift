import Foundation
import Kafka
import LoadGenerator
import PaymentEvents

/// Puts payment requests on their topic as planned, however the system keeps up, and follows what comes of them.
struct Load: Sendable {
    let plan: LoadPlan
    let kinds: [LoadKind]
    /// Begins every payment's id.
    let run: String
    let kafka: KafkaConfiguration
    let topics: Topics
    /// How long outcomes may take after the last request.
    let patience: Duration

    /// How long to look for second outcomes when each request has its first.
    private static let afterglow = Duration.seconds(1)

    private let recorder = LoadRecorder()
    private let codec = EventCodec(source: "/payment-saga/produce")

    init(
        plan: LoadPlan, kinds: [LoadKind], run: String, kafka: KafkaConfiguration, topics: Topics, patience: Duration
    ) {
        self.plan = plan
        self.kinds = kinds
        self.run = run
        self.kafka = kafka
        self.topics = topics
        self.patience = patience
    }

    /// - Returns: What came of it, complete or not when the patience is over or the task is cancelled.
    func run(_ parameters: LoadReport.Parameters) async throws -> LoadReport {
        let reader = try await KafkaReader(kafka, topics: [topics.outcomes], from: .end)
        let producer: KafkaProducer
        do {
            producer = try KafkaProducer(kafka)
            try await producer.prepare(topics: [topics.requests])
        } catch {
            await reader.close()
            throw error
        }
        let startedAt = Date()
        let start = ContinuousClock.now
        let reading = Task { await read(reader, since: start) }
        let progress = Task { await showProgress(since: start) }
        await send(with: producer, since: start)
        await waitForOutcomes()
        progress.cancel()
        await progress.value
        await reader.close()
        await producer.close(timeout: .seconds(1))
        await reading.value
        return LoadReport(recorder, parameters: parameters, startedAt: startedAt)
    }

    private func send(with producer: KafkaProducer, since start: ContinuousClock.Instant) async {
        await withDiscardingTaskGroup { group in
            for (number, request) in plan.requests.enumerated() {
                let delay = start + request.offset - .now
                if delay > .zero { try? await Task.sleep(for: delay) }
                if Task.isCancelled { return }
                let id = "\(run)-\(number + 1)"
                let kind = kinds[request.kind]
                recorder.sending(id, intended: request.offset, now: .now - start, expected: kind.expected)
                group.addTask {
                    do {
                        let record = try kind.record(id: id, topic: topics.requests, codec)
                        _ = try await producer.send(record)
                        if request.isRepeated { _ = try await producer.send(record) }
                    } catch {
                        recorder.failed(id, reason: "\(error)")
                    }
                }
            }
        }
    }

    private func read(_ reader: KafkaReader, since start: ContinuousClock.Instant) async {
        for await event in reader.events {
            guard case .records(let records) = event else { continue }
            let now = ContinuousClock.now - start
            for record in records {
                guard let event = OutcomeEvent(record) else { continue }
                recorder.outcome(
                    of: event.paymentID, eventID: event.eventID, event.outcome.description, now: now)
            }
        }
    }

    private func waitForOutcomes() async {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline, !Task.isCancelled {
            let counts = recorder.counts
            if counts.answered == counts.sent {
                // Cut short only when the load is stopped, which is an end of the waiting as well.
                try? await Task.sleep(for: Self.afterglow)
                return
            }
            // As above; the loop looks at it next.
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func showProgress(since start: ContinuousClock.Instant) async {
        var bar = LoadProgress(total: plan.requests.count)
        while !Task.isCancelled {
            bar.show(recorder, elapsed: .now - start)
            try? await Task.sleep(for: .milliseconds(200))
        }
        bar.end(recorder, elapsed: .now - start)
    }
}

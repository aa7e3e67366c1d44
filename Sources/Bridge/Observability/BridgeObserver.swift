import Kafka
import Logging

/// Measures, again and again, how a bridge is doing.
struct BridgeObserver: Sendable {
    let consumer: KafkaConsumer
    let assignment: Assignment
    let producer: RenewableProducer
    let governor: CallGovernor
    let budget: IntakeBudget
    let parked: ParkedKeys
    let parking: ParkingFeed
    let metrics: BridgeMetrics
    let health: BridgeHealth
    let interval: Duration
    let stallLimit: Duration
    let logger: Logger
    /// Told of what only another start of the bridge mends.
    let onFailure: @Sendable (any Error) -> Void

    /// Goes on until the task is cancelled.
    func run() async {
        var stalls = StallDetector(limit: stallLimit)
        var cuts = CutLogDetector()
        var known: Set<TopicPartition> = []
        repeat {
            measure()
            let progress = await assignment.progress
            // Its share may be none; and what it keeps during a rebalance it works on.
            health.setServing(consumer.hasShare || !progress.isEmpty)
            for partition in known.subtracting(progress.keys) { metrics.forget(partition) }
            known = Set(progress.keys)
            for (partition, progress) in progress {
                let age = progress.waitingSince.map { $0.duration(to: .now) } ?? .zero
                metrics.setCommitAge(age, of: partition)
            }
            await watchLag(progress, &stalls, &cuts)
            metrics.setReady(health.problems.isEmpty)
        } while (try? await Task.sleep(for: interval)) != nil
    }

    private func measure() {
        metrics.setInMemory(budget.records)
        metrics.setCalls(inFlight: governor.running, allowed: governor.allowed, isCircuitOpen: governor.isOpen)
        metrics.setParkedKeys(parked.count)
        health.setProducerFailure(producer.failure.map { "\($0)" })
        health.setParkingFailure(parking.failure)
    }

    private func watchLag(
        _ progress: [TopicPartition: PartitionProgress], _ stalls: inout StallDetector, _ cuts: inout CutLogDetector
    ) async {
        do {
            let lag = try await consumer.lag()
            for (partition, lag) in lag { metrics.setLag(max(0, lag), of: partition) }
            if let cut = cuts.observe(lag).first {
                let operation = "go on with \(cut), which ends before what is committed: it was cut or made anew"
                onFailure(KafkaError.failed(operation: operation, code: .offsetOutOfRange))
            }
            var seen: [TopicPartition: (position: Int64?, lag: Int64)] = [:]
            for (partition, progress) in progress {
                if let lag = lag[partition] { seen[partition] = (progress.position, lag) }
            }
            let stalled = stalls.observe(seen, at: .now)
            health.setStalled(stalled)
            if !stalled.isEmpty {
                logger.error("no progress while the lag grows", metadata: ["partitions": "\(stalled)"])
            }
        } catch {
            // Without a broker nothing can be told; the lag of before stays what it was.
            logger.debug("the lag can't be measured: \(error)")
        }
    }
}

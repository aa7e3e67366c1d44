import Kafka
public import Logging
import Metrics
public import Temporal

/// Takes records from Kafka to Temporal, where they start workflows and signal them, as its routes say.
///
/// The records of one key are applied in order, those of different keys at once. A record counts as done when Temporal
/// has acknowledged it, or when it is in the dead-letter topic (see ``DeadLetterHeader``); only then may its offset be
/// committed. What was not committed is read again after a crash or a rebalance and repeats the same calls with the same
/// request ids, which changes nothing.
///
/// While Temporal is away, records wait: they are tried for ever, and reading stops when too many of them are in memory.
public struct WorkflowBridge: Sendable {
    /// Whether the bridge does its work.
    public let health = BridgeHealth()

    private let configuration: BridgeConfiguration
    private let routes: [Route]
    private let workflows: any WorkflowClient
    private let metrics: BridgeMetrics
    private let logger: Logger

    /// - Parameters:
    ///   - routes: One for each topic that is read.
    ///   - client: Its connection must stay open until ``run()`` has returned.
    public init(configuration: BridgeConfiguration, routes: [Route], client: TemporalClient, logger: Logger) {
        self.init(
            configuration: configuration, routes: routes, workflows: TemporalWorkflowClient(client: client),
            logger: logger)
    }

    init(
        configuration: BridgeConfiguration, routes: [Route], workflows: any WorkflowClient, logger: Logger,
        metricsFactory: any MetricsFactory = MetricsSystem.factory
    ) {
        self.configuration = configuration
        self.routes = routes
        self.workflows = workflows
        self.logger = logger
        metrics = BridgeMetrics(topics: routes.map(\.topic), factory: metricsFactory)
    }

    /// Serves until the task is cancelled. Then it lets calls on their way be answered, commits, leaves the group, and
    /// returns.
    ///
    /// - Throws: `KafkaError` if the configuration is unusable or the consumer has failed for good; run it again then.
    public func run() async throws {
        let producer = try RenewableProducer(configuration.kafka.forDeadLetters)
        let consumer: KafkaConsumer
        do {
            consumer = try KafkaConsumer(configuration.kafka, configuration.group(reading: routes.map(\.topic)))
        } catch {
            await producer.close()
            throw error
        }
        health.setConsumer(consumer)
        let parked = ParkedKeys()
        let parking = ParkingFeed(
            configuration.kafka, producer, topic: configuration.deadLetterTopic, into: parked,
            backoff: configuration.backoff, logger: logger)
        let budget = IntakeBudget(records: configuration.maximumRecords, bytes: configuration.maximumBytes) {
            consumer.holdRecords($0)
        }
        let governor = CallGovernor(maximum: configuration.maximumInFlight, backoff: configuration.backoff)
        let (failures, failure) = AsyncStream.makeStream(of: (any Error).self, bufferingPolicy: .bufferingOldest(1))
        let work = PartitionPipeline.Work(
            consumer, parking, handler(producer, governor, parked), GapReporter(consumer, metrics, logger)
        ) { failure.yield($0) }
        let assignment = Assignment(
            logger: logger, metrics: metrics, commit: { try await consumer.commit($0) },
            makePipeline: {
                PartitionPipeline($0, window: configuration.partitionWindow, budget: budget, work)
            })
        let observer = BridgeObserver(
            consumer: consumer, assignment: assignment, producer: producer, governor: governor, budget: budget,
            parked: parked, parking: parking, metrics: metrics, health: health,
            interval: configuration.observationInterval, stallLimit: configuration.stallLimit, logger: logger,
            onFailure: { failure.yield($0) })

        let serving = Task { await serve(consumer, assignment) { failure.yield($0) } }
        let helpers = [
            Task { await parking.run() }, Task { await commitPeriodically(assignment) }, Task { await observer.run() },
            Task { await prepare(producer) },
        ]
        var cause: (any Error)?
        // Ends without an error when the task is cancelled.
        for await failure in failures {
            cause = failure
            break
        }
        health.setServing(false)
        health.setConsumer(nil)
        await consumer.close()
        for helper in helpers { helper.cancel() }
        for helper in helpers { await helper.value }
        await serving.value
        await producer.close(timeout: configuration.drainLimit)
        if let cause { throw cause }
    }

    private func serve(
        _ consumer: KafkaConsumer, _ assignment: Assignment, onFailure: @escaping @Sendable (any Error) -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            for await event in consumer.events {
                switch event {
                case .assigned(let partitions):
                    logger.info("partitions assigned", metadata: ["partitions": "\(partitions)"])
                    await assignment.add(partitions)
                    health.setServing(true)
                case .records(let records):
                    await assignment.accept(records)
                case .revoked(let revocation):
                    // The other partitions' records go on meanwhile.
                    group.addTask {
                        await assignment.release(revocation.partitions, within: configuration.drainLimit)
                        revocation.acknowledge()
                        logger.info("partitions released", metadata: ["partitions": "\(revocation.partitions)"])
                    }
                case .lost(let partitions):
                    logger.warning("partitions lost", metadata: ["partitions": "\(partitions)"])
                    await assignment.drop(partitions)
                case .warning(.fatal(let code, let reason)):
                    onFailure(KafkaError.fatal(code: code, reason: reason))
                case .warning(let error):
                    logger.warning("\(error)")
                case .endOfPartition:
                    break
                }
            }
        }
    }

    private func prepare(_ producer: RenewableProducer) async {
        do {
            try await producer.prepare(topics: [configuration.deadLetterTopic])
        } catch {
            // The first dead letter takes longer, that is all: whether there is such a topic, the parking feed tells.
            logger.debug("not prepared for dead letters: \(error)")
        }
    }

    private func commitPeriodically(_ assignment: Assignment) async {
        while (try? await Task.sleep(for: configuration.commitInterval)) != nil {
            await assignment.commit()
        }
    }

    private func handler(
        _ producer: RenewableProducer, _ governor: CallGovernor, _ parked: ParkedKeys
    ) -> RecordHandler {
        let delivery = WorkflowDelivery(
            workflows: workflows, governor: governor, backoff: configuration.backoff,
            hold: configuration.unknownWorkflowHold, budget: configuration.retryBudget, metrics: metrics,
            logger: logger)
        let deadLetters = DeadLetterQueue(
            topic: configuration.deadLetterTopic, backoff: configuration.backoff, logger: logger
        ) { _ = try await producer.send($0) }
        return RecordHandler(
            routes: routes, delivery: delivery, deadLetters: deadLetters, parked: parked, metrics: metrics)
    }
}

extension PartitionPipeline.Work {
    fileprivate init(
        _ consumer: KafkaConsumer, _ parking: ParkingFeed, _ handler: RecordHandler, _ gaps: GapReporter,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.init(
            settle: { try await handler.settle($0, $1) },
            prepare: { partition in
                let committed = try? await consumer.committedOffsets(of: [partition])
                try? await parking.catchUp()
                return committed?[partition]
            },
            setPaused: { partition, isPaused in
                try await isPaused ? consumer.pause([partition]) : consumer.resume([partition])
            },
            reportGap: { await gaps.report($0) }, onFailure: onFailure)
    }
}

extension GapReporter {
    fileprivate init(_ consumer: KafkaConsumer, _ metrics: BridgeMetrics, _ logger: Logger) {
        self.init(metrics: metrics, logger: logger) { try await consumer.watermarks(of: $0).low }
    }
}

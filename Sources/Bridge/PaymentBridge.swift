import Kafka
public import Logging
import PaymentEvents
public import Temporal

/// Takes payment requests, gateway confirmations and cancellations from Kafka to Temporal.
///
/// A request starts the payment's workflow; confirmations and cancellations are signals to it. The records of one key
/// are applied in order, those of different keys at once. A record counts as done when Temporal has acknowledged it, or
/// when it is in the dead-letter topic (see ``DeadLetterHeader``); only then may its offset be committed. What was not
/// committed is read again after a crash or a rebalance and repeats the same calls with the same request ids, which
/// changes nothing.
///
/// While Temporal is away, records wait: they are tried for ever, and partitions with too many of them are paused.
public struct PaymentBridge: Sendable {
    private let configuration: BridgeConfiguration
    private let workflows: any WorkflowClient
    private let logger: Logger
    var backoff = Backoff()

    /// - Parameter client: Its connection must stay open until ``run()`` has returned.
    public init(configuration: BridgeConfiguration, client: TemporalClient, logger: Logger) {
        self.init(configuration: configuration, workflows: TemporalWorkflowClient(client: client), logger: logger)
    }

    init(configuration: BridgeConfiguration, workflows: any WorkflowClient, logger: Logger) {
        self.configuration = configuration
        self.workflows = workflows
        self.logger = logger
    }

    /// Serves until the task is cancelled. Then it lets calls on their way be answered, commits, leaves the group, and
    /// returns.
    ///
    /// - Throws: `KafkaError` if the configuration is unusable or a Kafka client has failed for good; run it again
    ///   then.
    public func run() async throws {
        let producer = try KafkaProducer(deadLetterKafka)
        let consumer: KafkaConsumer
        do {
            consumer = try KafkaConsumer(configuration.kafka, group)
        } catch {
            await producer.close()
            throw error
        }
        let (failures, failure) = AsyncStream.makeStream(of: (any Error).self, bufferingPolicy: .bufferingOldest(1))
        let assignment = makeAssignment(consumer, producer) { failure.yield($0) }
        let work = Task { await serve(consumer, assignment) { failure.yield($0) } }
        let commits = Task { await commitPeriodically(assignment) }
        var cause: (any Error)?
        // Ends without an error when the task is cancelled.
        for await failure in failures {
            cause = failure
            break
        }
        await consumer.close()
        commits.cancel()
        await commits.value
        await work.value
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

    private func commitPeriodically(_ assignment: Assignment) async {
        while (try? await Task.sleep(for: configuration.commitInterval)) != nil {
            await assignment.commit()
        }
    }

    private func makeAssignment(
        _ consumer: KafkaConsumer, _ producer: KafkaProducer, onFailure: @escaping @Sendable (any Error) -> Void
    ) -> Assignment {
        let handler = RecordHandler(
            routes: Route.payments(configuration),
            delivery: WorkflowDelivery(
                workflows: workflows, slots: CallSlots(count: configuration.maximumInFlight), backoff: backoff,
                hold: configuration.unknownPaymentHold, logger: logger),
            deadLetters: DeadLetterQueue(topic: configuration.topics.deadLetters, backoff: backoff, logger: logger) {
                _ = try await producer.send($0)
            })
        let window = configuration.partitionWindow
        return Assignment(
            logger: logger, commit: { try await consumer.commit($0) },
            makePipeline: { partition in
                PartitionPipeline(
                    partition, window: window, settle: { try await handler.settle($0, $1) },
                    setPaused: { partition, isPaused in
                        try await isPaused ? consumer.pause([partition]) : consumer.resume([partition])
                    },
                    onFailure: onFailure)
            })
    }

    private var group: KafkaConsumerConfiguration {
        let topics = configuration.topics
        var group = KafkaConsumerConfiguration(
            groupID: configuration.groupID, topics: [topics.requests, topics.confirmations, topics.cancellations])
        // librdkafka before 2.3 aborts the process when a cooperative-sticky member leaves before its first assignment.
        group.assignment = .roundRobin
        group.sessionTimeout = configuration.sessionTimeout
        // Time for the last commit once the calls are answered or given up.
        group.revocationTimeout = configuration.drainLimit + .seconds(10)
        return group
    }

    /// A dead letter is larger than the record it was.
    private var deadLetterKafka: KafkaConfiguration {
        var kafka = configuration.kafka
        kafka.properties["message.max.bytes"] = kafka.properties["message.max.bytes"] ?? "10000000"
        return kafka
    }
}

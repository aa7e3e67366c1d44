import Temporal

/// How long one attempt of an activity may take, and how often it is tried.
struct StepLimits {
    var startToClose: Duration
    var scheduleToClose: Duration?
    var heartbeat: Duration?
    var retryPolicy: RetryPolicy

    /// Pauses up to this long are waited for in the worker, longer ones by a durable timer.
    private static let localRetryThreshold = Duration.seconds(1)

    /// A quick, idempotent step of the ledger, before anything is at the gateway: the payment fails if this does not do.
    static let attempted = StepLimits(
        startToClose: .seconds(10), scheduleToClose: .seconds(120),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(100), maximumInterval: .seconds(10)))

    /// A few quick attempts at a step that must happen; after them the payment shows as stuck, and tries on.
    static let required = StepLimits(
        startToClose: .seconds(15),
        retryPolicy: RetryPolicy(
            initialInterval: .milliseconds(200), maximumInterval: .seconds(5), maximumAttempts: 6))

    /// Handing the payment to the gateway. What bounds it is time: attempts that a circuit breaker ends at once cost nothing.
    static let submission = StepLimits(
        startToClose: .seconds(15), scheduleToClose: .seconds(120),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(200), maximumInterval: .seconds(10)))

    /// The first attempt at that, made in the workflow task: short, because the payment answers nobody meanwhile.
    static let quickSubmission = StepLimits(startToClose: .seconds(2), retryPolicy: RetryPolicy(maximumAttempts: 1))

    /// Asking the gateway until it knows.
    static let inquiry = StepLimits(
        startToClose: .seconds(60), scheduleToClose: .seconds(120), heartbeat: .seconds(15),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(500), maximumInterval: .seconds(10)))

    static let assessment = StepLimits(
        startToClose: .seconds(10), scheduleToClose: .seconds(60),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(200), maximumInterval: .seconds(5)))

    static let bestEffort = StepLimits(
        startToClose: .seconds(10),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(500), maximumAttempts: 3))

    /// A step of a workflow that nobody waits for: tried for ever, ever more seldom.
    static let untilDone = StepLimits(
        startToClose: .seconds(30),
        retryPolicy: RetryPolicy(initialInterval: .milliseconds(500), maximumInterval: .seconds(600)))

    var local: LocalActivityOptions {
        LocalActivityOptions(
            scheduleToClose: scheduleToClose, startToClose: startToClose, retryPolicy: retryPolicy,
            localRetryThreshold: Self.localRetryThreshold)
    }

    func remote(taskQueue: String) -> ActivityOptions {
        ActivityOptions(
            taskQueue: taskQueue, scheduleToClose: scheduleToClose, startToClose: startToClose, heartbeat: heartbeat,
            retryPolicy: retryPolicy)
    }
}

extension WorkflowContext {
    /// Runs an activity of a service: where the workflow is, if the service's steps are embedded, else on the service's task queue.
    func perform<Input, Output>(
        _ activity: ActivityType<Input, Output>, _ input: Input, by service: PaymentService,
        placement: PaymentPolicy.Placement, within limits: StepLimits
    ) async throws -> Output {
        let isLocal =
            switch service {
            case .orchestrator: true
            case .ledger, .notifications: placement == .embedded
            case .gateway, .fraud: false
            }
        guard isLocal else {
            return try await execute(
                activity, input, options: limits.remote(taskQueue: service.taskQueue(of: info.taskQueue)))
        }
        return try await executeLocal(activity, input, options: limits.local)
    }
}

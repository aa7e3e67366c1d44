import DequeModule
import Foundation
import Synchronization

/// Runs the Swift tasks of one workflow run, one after the other, on the thread that drives the run.
///
/// Deliberately a task executor only: jobs run this way end only where a task really waits, so plain first-in-first-out order makes the
/// interleaving of tasks a function of the order in which they were resumed, the same at every optimisation level.
final class WorkflowExecutor: TaskExecutor {
    private struct State {
        var jobs = Deque<UnownedJob>()
        var foreignEnqueue = false
        var isStrict = false
        var violation: Violation?
    }

    /// What the code did that no replay can repeat.
    struct Violation {
        var what: String
        var stack: [String]
    }

    private let state = Mutex(State())

    /// The thread inside ``drain()``, or 0; read by other threads that enqueue, hence atomic.
    private let drivingThread = Atomic<UInt>(0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isForeign = drivingThread.load(ordering: .relaxed) != Self.currentThread
        state.withLock {
            // Never lose the job: a task that is dropped here would never end.
            $0.jobs.append(job)
            if isForeign { $0.foreignEnqueue = true }
        }
    }

    /// Starts a task of this run, which inherits nothing from the caller.
    func start(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task.detached(executorPreference: self, operation: body)
    }

    /// Runs `body` as the driver of this run, so that what it starts or resumes counts as the run's own, then runs all jobs until every
    /// task waits.
    /// - Returns: the number of jobs that took.
    @discardableResult
    func drive(_ body: () -> Void) -> Int {
        drivingThread.store(Self.currentThread, ordering: .relaxed)
        defer { drivingThread.store(0, ordering: .relaxed) }
        guard state.withLock({ $0.isStrict }) else {
            body()
            return drain()
        }
        return WorkflowStrictness.watch(self) {
            body()
            return drain()
        }
    }

    /// Runs `body` as the driver of this run, but none of its tasks: what `body` resumes stays where it waits.
    /// - Returns: what `body` returns, and whether it resumed or started anything.
    func watch<Result>(_ body: () -> Result) -> (result: Result, startedJobs: Bool) {
        let before = (thread: drivingThread.load(ordering: .relaxed), jobs: state.withLock { $0.jobs.count })
        drivingThread.store(Self.currentThread, ordering: .relaxed)
        defer { drivingThread.store(before.thread, ordering: .relaxed) }
        let result = body()
        return (result, state.withLock { $0.jobs.count } > before.jobs)
    }

    /// From now on, notices what code starts outside of its run, at once.
    func beStrict() { state.withLock { $0.isStrict = true } }

    func noteViolation(_ what: String, stack: @autoclosure () -> [String]) {
        guard violation == nil else { return }
        let violation = Violation(what: what, stack: stack())
        state.withLock { $0.violation = violation }
    }

    /// The first thing noticed; nil unless strict.
    var violation: Violation? { state.withLock { $0.violation } }

    /// Runs queued jobs until every task waits, on the driving thread.
    private func drain() -> Int {
        var jobs = 0
        while let job = state.withLock({ $0.jobs.popFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
            jobs += 1
        }
        return jobs
    }

    /// True when some thread other than the driving one resumed a task of this run: its code waits for something that history
    /// does not record, and replaying it would take another course.
    var sawForeignEnqueue: Bool { state.withLock { $0.foreignEnqueue } }

    private static var currentThread: UInt { UInt(pthread_self()) }
}

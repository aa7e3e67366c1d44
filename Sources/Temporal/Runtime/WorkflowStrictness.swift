import Foundation
import Synchronization

/// Watches what workflow code asks of Swift's runtime, on the threads that drive it.
///
/// The runtime lets its global enqueue functions be hooked. Work that a run's own executor drives never comes by them, so whatever does while
/// a run is driven was started by workflow code outside of its run. The hooks are set once, and do nothing on other threads.
enum WorkflowStrictness {
    /// On in debug builds.
    package static let isDefault: Bool = {
        #if DEBUG
            true
        #else
            false
        #endif
    }()

    private typealias Enqueue = @convention(thin) (UnownedJob) -> Void
    private typealias EnqueueHook = @convention(thin) (UnownedJob, Enqueue) -> Void
    private typealias EnqueueAfter = @convention(thin) (UInt64, UnownedJob) -> Void
    private typealias EnqueueAfterHook = @convention(thin) (UInt64, UnownedJob, EnqueueAfter) -> Void
    private typealias EnqueueAt = @convention(thin) (Int64, Int64, Int64, Int64, Int32, UnownedJob) -> Void
    private typealias EnqueueAtHook =
        @convention(thin) (Int64, Int64, Int64, Int64, Int32, UnownedJob, EnqueueAt) -> Void

    /// The executor that the current thread drives; nil when the hooks could not be set.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        guard pthread_key_create(&key, nil) == 0 else { return nil }
        return key
    }()

    private static let isInstalled: Bool = {
        guard key != nil, let runtime = dlopen(nil, RTLD_NOW) else { return false }
        func set<Hook>(_ symbol: String, _ hook: Hook) {
            dlsym(runtime, symbol)?.assumingMemoryBound(to: Hook?.self).pointee = hook
        }
        let enqueue: EnqueueHook = { job, original in
            WorkflowStrictness.note("Task {} or Task.detached")
            original(job)
        }
        let enqueueAfter: EnqueueAfterHook = { delay, job, original in
            WorkflowStrictness.note("Task.sleep")
            original(delay, job)
        }
        let enqueueAt: EnqueueAtHook = { seconds, nanoseconds, toleranceSeconds, toleranceNanoseconds, clock, job, original in
            WorkflowStrictness.note("Task.sleep")
            original(seconds, nanoseconds, toleranceSeconds, toleranceNanoseconds, clock, job)
        }
        set("swift_task_enqueueGlobal_hook", enqueue)
        set("swift_task_enqueueGlobalWithDelay_hook", enqueueAfter)
        set("swift_task_enqueueGlobalWithDeadline_hook", enqueueAt)
        return true
    }()

    /// Runs `body`, which drives `executor` on this thread, and tells the executor of what it should not do.
    static func watch(_ executor: WorkflowExecutor, _ body: () -> Void) {
        guard isInstalled, let key else { return body() }
        pthread_setspecific(key, Unmanaged.passUnretained(executor).toOpaque())
        defer { pthread_setspecific(key, nil) }
        body()
    }

    private static func note(_ what: String) {
        guard let key, let driven = pthread_getspecific(key) else { return }
        Unmanaged<WorkflowExecutor>.fromOpaque(driven).takeUnretainedValue().noteViolation(
            what, stack: Thread.callStackSymbols)
    }
}

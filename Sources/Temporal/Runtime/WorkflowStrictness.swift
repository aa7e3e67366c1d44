import Foundation
import Synchronization

/// Watches what workflow code asks of Swift's runtime, on the threads that drive it.
///
/// The runtime lets its global enqueue function be hooked. Work that a run's own executor drives never comes by it, so whatever does while a
/// run is driven was started by workflow code outside of its run. The hook is set once, and does nothing on other threads. (Sleeps and calls
/// of the main actor take other ways; they leave the run waiting for nothing it knows, or resume it from another thread.)
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

    /// The executor that the current thread drives; nil when the hook could not be set.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        guard pthread_key_create(&key, nil) == 0 else { return nil }
        return key
    }()

    private static let isInstalled: Bool = {
        guard key != nil, let symbol = dlsym(dlopen(nil, RTLD_NOW), "swift_task_enqueueGlobal_hook") else {
            return false
        }
        symbol.assumingMemoryBound(to: EnqueueHook?.self).pointee = { job, original in
            WorkflowStrictness.note("Task {} or Task.detached")
            original(job)
        }
        return true
    }()

    /// Runs `body`, which drives `executor` on this thread, and tells the executor of what it should not do.
    static func watch<Result>(_ executor: WorkflowExecutor, _ body: () -> Result) -> Result {
        guard isInstalled, let key else { return body() }
        pthread_setspecific(key, Unmanaged.passUnretained(executor).toOpaque())
        defer { pthread_setspecific(key, nil) }
        return body()
    }

    /// Runs `body`, which is no part of the workflow although it runs on its thread: whatever it starts is none of the run's business.
    static func unwatched<Result>(_ body: () -> Result) -> Result {
        guard isInstalled, let key, let driven = pthread_getspecific(key) else { return body() }
        pthread_setspecific(key, nil)
        defer { pthread_setspecific(key, driven) }
        return body()
    }

    private static func note(_ what: String) {
        guard let key, let driven = pthread_getspecific(key) else { return }
        Unmanaged<WorkflowExecutor>.fromOpaque(driven).takeUnretainedValue().noteViolation(
            what, stack: Thread.callStackSymbols)
    }
}

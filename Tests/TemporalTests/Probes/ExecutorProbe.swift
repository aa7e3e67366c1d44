import Foundation
import Synchronization

#if !EXECUTOR_PROBES
    @testable import Temporal
#endif

/// What Swift's runtime does with the tasks of a workflow, and what determinism rests on: how many jobs a scenario takes, and in which order
/// its parts run. The same at every optimisation level, or replay could not be trusted.
///
/// This file is a test, and is compiled by `scripts/probes` together with the executor's own source.
struct ExecutorProbe: Sendable {
    /// What a probe writes down.
    final class Log: Sendable {
        private let lines = Mutex<[String]>([])

        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var text: String { lines.withLock { $0.joined(separator: " ") } }
    }

    /// Continuations to be resumed from outside, by name.
    final class Waits: Sendable {
        private let waits = Mutex<[String: UnsafeContinuation<Void, Never>]>([:])

        func wait(_ name: String) async {
            await withUnsafeContinuation { continuation in waits.withLock { $0[name] = continuation } }
        }

        func resume(_ name: String) { waits.withLock { $0.removeValue(forKey: name) }?.resume() }
    }

    let name: String
    /// Jobs in each drive, then what was written down; a thing noticed by strictness is in brackets.
    let expected: String
    var resumed: [String] = []
    let body: @Sendable (WorkflowExecutor, Log, Waits) async -> Void

    func transcript() -> String {
        let executor = WorkflowExecutor()
        executor.beStrict()
        let (log, waits) = (Log(), Waits())
        var jobs = [executor.drive { _ = executor.start { await body(executor, log, waits) } }]
        if !resumed.isEmpty {
            jobs.append(
                executor.drive {
                    for name in resumed { waits.resume(name) }
                })
        }
        let noticed = executor.violation.map { " [\($0.what)]" } ?? ""
        return jobs.map(String.init).joined(separator: "+") + ": " + log.text + noticed
    }
}

@inline(never) private func leaf(_ log: ExecutorProbe.Log, _ text: String) async { log.add(text) }

private func calls(_ log: ExecutorProbe.Log, _ name: String) async {
    await leaf(log, name + "1")
    await leaf(log, name + "2")
}

@concurrent private func concurrentCall(_ log: ExecutorProbe.Log) async { log.add("concurrent") }

nonisolated(nonsending) private func nonsendingCall(_ log: ExecutorProbe.Log) async { log.add("nonsending") }

private actor Counter {
    private var value = 0

    func next() -> Int {
        value += 1
        return value
    }
}

extension ExecutorProbe {
    static let all: [ExecutorProbe] = [
        .init(
            name: "children start in the order of creation, and calls do not interleave them",
            expected: "8: a1 a2 b1 b2 c1 c2 x1 x2 y1 y2 end"
        ) {
            _, log, _ in
            await withTaskGroup { group in
                for name in ["a", "b", "c"] { group.addTask { await calls(log, name) } }
            }
            async let x: Void = calls(log, "x")
            async let y: Void = calls(log, "y")
            _ = await (x, y)
            log.add("end")
        },
        .init(
            name: "what is resumed runs in the order of resumption",
            expected: "4+4: c01 c02 c11 c12 c21 c22 d21 d22 d01 d02 d11 d12 got2 got0 got1",
            resumed: ["k2", "k0", "k1"]
        ) { _, log, waits in
            await withTaskGroup(of: Int.self) { group in
                for index in 0..<3 {
                    group.addTask {
                        await calls(log, "c\(index)")
                        await waits.wait("k\(index)")
                        await calls(log, "d\(index)")
                        return index
                    }
                }
                for await index in group { log.add("got\(index)") }
            }
        },
        .init(name: "yielding lets the others go on, each in turn", expected: "8: a1 b1 a2 b2") { _, log, _ in
            await withTaskGroup { group in
                for name in ["a", "b"] {
                    group.addTask {
                        log.add(name + "1")
                        await Task.yield()
                        log.add(name + "2")
                    }
                }
            }
        },
        .init(name: "priorities do not count", expected: "5: background high default") { _, log, _ in
            await withTaskGroup { group in
                group.addTask(priority: .background) { log.add("background") }
                group.addTask(priority: .high) { log.add("high") }
                group.addTask { log.add("default") }
            }
        },
        .init(
            name: "actors and both kinds of nonisolated functions stay on the run",
            expected: "5: 1 2 concurrent nonsending"
        ) { _, log, _ in
            let counter = Counter()
            for _ in 0..<2 { log.add("\(await counter.next())") }
            await concurrentCall(log)
            await nonsendingCall(log)
        },
        .init(name: "a stream hands over in order", expected: "14: gave0 got0 gave1 got1 gave2 got2") { _, log, _ in
            let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
            await withTaskGroup { group in
                group.addTask {
                    for await value in stream { log.add("got\(value)") }
                }
                group.addTask {
                    for value in 0..<3 {
                        continuation.yield(value)
                        log.add("gave\(value)")
                        await Task.yield()
                    }
                    continuation.finish()
                }
            }
        },
        .init(name: "a task with the run's executor belongs to the run", expected: "3: 7") { executor, log, _ in
            log.add("\(await Task(executorPreference: executor) { 7 }.value)")
        },
        .init(name: "a child added to a cancelled group is born cancelled", expected: "3: cancelled=true") {
            _, log, _ in
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask { log.add("cancelled=\(Task.isCancelled)") }
            }
        },
        .init(
            name: "an error cancels the siblings, which hear of it before they go on",
            expected: "9: cancelled=false thrown"
        ) { _, log, _ in
            struct Failure: Error {}
            do {
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        await withTaskCancellationHandler {
                            await Task.yield()
                            await Task.yield()
                            log.add("cancelled=\(Task.isCancelled)")
                        } onCancel: {
                            log.add("heard")
                        }
                    }
                    group.addTask { throw Failure() }
                    try await group.waitForAll()
                }
            } catch {
                log.add("thrown")
            }
        },
        .init(name: "an unstructured task is noticed", expected: "1: started [Task {} or Task.detached]") { _, log, _ in
            Task {}
            log.add("started")
        },
        .init(name: "a detached task is noticed", expected: "1: started [Task {} or Task.detached]") { _, log, _ in
            Task.detached {}
            log.add("started")
        },
        .init(name: "a sleep does not come by the hook, and leaves the run waiting for nothing", expected: "1: slept") {
            _, log, _ in
            log.add("slept")
            try? await Task.sleep(for: .seconds(600))
        },
    ]
}

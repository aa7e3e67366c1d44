import Foundation
import SwiftProtobuf
import Synchronization
import TemporalAPI

/// The official Python SDK in a process of its own, which ends with its standard input and so with this process.
final class OfficialSDK: Sendable {
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    private struct Answer: Decodable {
        let id: Int
        let error: String?
    }

    private struct Pending {
        var nextID = 1
        var answers: [Int: CheckedContinuation<Void, any Error>] = [:]
        var isEnded = false
    }

    private let input: FileHandle
    private let pending = Mutex(Pending())

    init(address: String, gates: String) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let root = tests.deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        let (commands, answers) = (Pipe(), Pipe())
        process.executableURL = root.appending(path: ".tools/venv/bin/python")
        process.arguments = ["-B", tests.appending(path: "python/official_sdk.py").path, address, gates]
        process.standardInput = commands
        process.standardOutput = answers
        try process.run()
        input = commands.fileHandleForWriting
        let output = answers.fileHandleForReading
        Thread {
            var buffer = Data()
            while true {
                let more = output.availableData
                guard !more.isEmpty else { break }
                buffer += more
                while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                    self.receive(buffer[buffer.startIndex..<end])
                    buffer = Data(buffer[(end + 1)...])
                }
            }
            self.end()
        }.start()
    }

    /// Serves a task queue with the twins of all workflows and activities.
    func serve(_ queue: String) async throws { try await command("serve", queue) }

    /// Replays a history with the twin of its workflow.
    /// - Throws: ``Refusal`` when that is not possible.
    func replay(_ events: [Temporal_Api_History_V1_HistoryEvent], workflowID: String) async throws {
        let history = Temporal_Api_History_V1_History.with { $0.events = events }
        let bytes: Data = try history.serializedBytes()
        try await command("replay", ["workflow_id": workflowID, "history": bytes.base64EncodedString()])
    }

    private func command(_ name: String, _ argument: sending Any) async throws {
        let id = pending.withLock { pending in
            defer { pending.nextID += 1 }
            return pending.nextID
        }
        let line = try JSONSerialization.data(withJSONObject: ["id": id, name: argument])
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let isEnded = pending.withLock { pending in
                if !pending.isEnded { pending.answers[id] = continuation }
                return pending.isEnded
            }
            guard !isEnded else { return continuation.resume(throwing: Self.ended) }
            do {
                // One write for each command: commands of several tasks must not mix.
                try pending.withLock { _ in try input.write(contentsOf: line + [UInt8(ascii: "\n")]) }
            } catch {
                pending.withLock { $0.answers.removeValue(forKey: id) }?.resume(throwing: error)
            }
        }
    }

    private func receive(_ line: Data) {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: line) else { return }
        let continuation = pending.withLock { $0.answers.removeValue(forKey: answer.id) }
        if let error = answer.error {
            continuation?.resume(throwing: Refusal(description: error))
        } else {
            continuation?.resume()
        }
    }

    private func end() {
        let waiting = pending.withLock { pending in
            pending.isEnded = true
            defer { pending.answers.removeAll() }
            return pending.answers.values
        }
        for continuation in waiting { continuation.resume(throwing: Self.ended) }
    }

    private static var ended: Refusal { Refusal(description: "the official SDK's process has ended") }
}

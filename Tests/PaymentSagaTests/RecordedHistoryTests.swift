import Foundation
import LoggingTestSupport
import PaymentSaga
import PaymentTestSupport
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

@Suite("Recorded histories", .timeLimit(.minutes(5)))
struct RecordedHistoryTests {
    /// Where `scripts/record-histories` wants new ones; nil in all other runs.
    private static let recordingFolder = ProcessInfo.processInfo.environment["PAYMENT_SAGA_RECORD_HISTORIES"]

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Histories")

    @Test("Case 32: every recorded history of every version of the payment replays, and leaves nothing of it in memory")
    func replay() async throws {
        let files = FileManager.default.enumerator(at: Self.folder, includingPropertiesForKeys: nil)?.allObjects ?? []
        let histories = files.compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }
        let versions = Set(histories.map { $0.deletingLastPathComponent().lastPathComponent })
        #expect(versions.isSuperset(of: ["v1", "v2", "v3", "v4"]))
        #expect(histories.count >= versions.count * RecordedCourse.allCases.count)
        let log = LogRecorder()
        let replayer = WorkflowReplayer(
            workflows: PaymentService.allCases.flatMap(\.workflows), logger: log.logger)
        for file in histories.sorted(by: { $0.path < $1.path }) {
            let result = await replayer.replay(try WorkflowHistory(exported: Data(contentsOf: file)))
            #expect(result.verdict == .ok, "\(file.pathComponents.suffix(2).joined(separator: "/"))")
        }
        #expect(log.messages.filter { $0.contains("stays in memory") } == [])
    }

    @Test("Case 32: the versions differ in the order of their steps, so that replaying both proves something")
    func versions() throws {
        func course(_ version: String) throws -> [String] {
            let file = Self.folder.appending(path: "\(version)/distributed.json")
            return try WorkflowHistory(exported: Data(contentsOf: file)).events.compactMap { event in
                switch event.eventType {
                case .activityTaskScheduled: event.activityTaskScheduledEventAttributes.activityType.name
                case .startChildWorkflowExecutionInitiated: "fraud check begins"
                case .childWorkflowExecutionCompleted: "fraud check ends"
                default: nil
                }
            }
        }
        let (first, second) = (try course("v1"), try course("v2"))
        #expect(first.firstIndex(of: "fraud check ends") ?? 0 < first.firstIndex(of: "ledger.authorise") ?? 0)
        #expect(second.firstIndex(of: "fraud check ends") ?? 0 > second.firstIndex(of: "ledger.authorise") ?? 0)
    }

    @Test("Case 32: a payment that is to take a course of a newer build waits for that, with its reason in the history")
    func unknownCourse() async throws {
        let policy = try JSONDecoder().decode(PaymentPolicy.self, from: Data(#"{"course":1000}"#.utf8))
        try await LivePayments.run { payments in
            let payment = try await payments.start(UUID().uuidString.lowercased(), policy: policy)
            try await eventually("the workflow task has failed") {
                try await payment.history().events.contains {
                    $0.workflowTaskFailedEventAttributes.failure.message.contains("course 1000")
                }
            }
            #expect(try await payment.describe().status == .running)
            try await payment.terminate(reason: "the test has seen it")
        }
    }

    @Test(
        "Records the histories of this version", .enabled(if: recordingFolder != nil),
        arguments: RecordedCourse.allCases)
    func record(course: RecordedCourse) async throws {
        let folder = URL(filePath: try #require(Self.recordingFolder))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await LivePayments.run { payments in
            let id = "\(course.rawValue)-\(UUID().uuidString.prefix(8).lowercased())"
            let payment = try await course.play(id, on: payments)
            let history = try await payment.history()
            var options = JSONEncodingOptions()
            options.useDeterministicOrdering = true
            let json =
                try Temporal_Api_History_V1_History.with { $0.events = history.events }
                .jsonUTF8Bytes(options: options) as Data
            try json.write(to: folder.appending(path: "\(course.rawValue).json"))
        }
    }
}

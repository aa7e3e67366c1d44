import Foundation
import SwiftProtobuf
import Synchronization
import TemporalAPI
import Testing

@testable import Temporal

@Suite("Codecs")
struct PayloadCodecTests {
    private let codecs = PayloadCodecs([MarkingCodec("*")])

    @Test(
        "Every payload of what is sent and received is encoded, and is the same again when decoded",
        arguments: Sample.all)
    func coverage(sample: Sample) async throws {
        try await sample.check(codecs)
    }

    @Test("Search attributes, headers and the notes of markers are left alone")
    func exceptions() async throws {
        let start = Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest.with {
            $0.searchAttributes.indexedFields["Customer"] = .plain
            $0.header.fields["trace"] = .plain
        }
        #expect(try await codecs.encode(start, "test") == start)
        let count = Temporal_Api_Workflowservice_V1_CountWorkflowExecutionsResponse.with {
            $0.groups = [.with { $0.groupValues = [.plain] }]
        }
        #expect(try await codecs.decode(count, "test") == count)
        let patch = Command.with {
            $0.recordMarkerCommandAttributes.details["patch-data"] = .with { $0.payloads = [.plain] }
            $0.recordMarkerCommandAttributes.details["data"] = .with { $0.payloads = [.plain] }
        }
        #expect(try await codecs.encode(patch, "test") == patch)
    }

    @Test("Messages without payloads are not touched: fields that were absent stay so")
    func untouched() async throws {
        let request = Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest.with { $0.workflowID = "w" }
        let encoded = try await codecs.encode(request, "test")
        #expect(!encoded.hasInput)
        #expect(!encoded.hasMemo)
        #expect(!encoded.hasUserMetadata)
    }

    @Test("Encoding goes through the codecs from the last to the first, decoding from the first to the last")
    func order() async throws {
        let codecs = PayloadCodecs([MarkingCodec("1"), MarkingCodec("2")])
        let plain = Payloads.with { $0.payloads = [.plain] }
        let encoded = try await codecs.encode(plain, "test")
        #expect(encoded.payloads.map { String(decoding: $0.data, as: UTF8.self) } == ["12plain"])
        #expect(try await codecs.decode(encoded, "test") == plain)
    }

    @Test("A codec may make several payloads of the arguments of a call, but only one where one is room for")
    func counts() async throws {
        let codecs = PayloadCodecs([DoublingCodec()])
        let plain = Payloads.with { $0.payloads = [.plain] }
        #expect(try await codecs.encode(plain, "test").payloads.count == 2)
        let memo = Temporal_Api_Common_V1_Memo.with { $0.fields["a"] = .plain }
        let error = await #expect(throws: PayloadCodecError.self) { try await codecs.encode(memo, "a memo") }
        #expect(error?.subject == "a memo")
        #expect(error?.direction == .encoding)
    }

    @Test("Two payloads of a map do not change places")
    func maps() async throws {
        let memo = Temporal_Api_Common_V1_Memo.with {
            for key in 0..<50 { $0.fields["key-\(key)"] = .make("json/plain", Data("plain-\(key)".utf8)) }
        }
        let encoded = try await codecs.encode(memo, "test")
        for key in 0..<50 { #expect(encoded.fields["key-\(key)"]?.data == Data("*plain-\(key)".utf8)) }
        #expect(try await codecs.decode(encoded, "test") == memo)
    }

    /// A message with a payload in every place that Temporal has for one.
    struct Sample: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var check: @Sendable (PayloadCodecs) async throws -> Void

        init<M: Message & Equatable>(_ name: String, _ type: M.Type, _ fill: (inout M) -> Void) {
            var message = M()
            fill(&message)
            testDescription = name
            check = { [message] codecs in
                let plain = try Self.occurrences("plain", in: message)
                #expect(plain > 0)
                let encoded = try await codecs.encode(message, name)
                #expect(try Self.occurrences("*plain", in: encoded) == plain)
                #expect(try Self.occurrences("plain", in: encoded) == plain)
                #expect(try await codecs.decode(encoded, name) == message)
            }
        }

        private static func occurrences(_ text: String, in message: some Message) throws -> Int {
            // The data of payloads; their metadata says json/plain.
            let bytes: Data = try message.serializedBytes()
            return String(decoding: bytes, as: UTF8.self).replacing("json/plain", with: "").split(
                separator: text, omittingEmptySubsequences: false
            ).count - 1
        }
    }
}

extension PayloadCodecTests.Sample {
    // Not kept: the leak detector doesn't see references that an enum's tag is mixed into.
    static var all: [Self] {
        [
            .init("a start", Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest.self) {
                $0.input = .plain
                $0.memo.fields["m"] = .plain
                $0.userMetadata.summary = .plain
                $0.userMetadata.details = .plain
                $0.lastCompletionResult = .plain
                $0.continuedFailure = .plain
            },
            .init("a signal with start", Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionRequest.self) {
                $0.input = .plain
                $0.signalInput = .plain
                $0.memo.fields["m"] = .plain
            },
            .init("a query", Temporal_Api_Workflowservice_V1_QueryWorkflowRequest.self) { $0.query.queryArgs = .plain },
            .init("a query's answer", Temporal_Api_Workflowservice_V1_QueryWorkflowResponse.self) {
                $0.queryResult = .plain
            },
            .init("an update", Temporal_Api_Workflowservice_V1_UpdateWorkflowExecutionRequest.self) {
                $0.request.input.args = .plain
            },
            .init("an update's outcome", Temporal_Api_Workflowservice_V1_PollWorkflowExecutionUpdateResponse.self) {
                $0.outcome.success = .plain
            },
            .init("a start with an update", Temporal_Api_Workflowservice_V1_ExecuteMultiOperationRequest.self) {
                $0.operations = [
                    .with { $0.startWorkflow.input = .plain }, .with { $0.updateWorkflow.request.input.args = .plain },
                ]
            },
            .init("a schedule", Temporal_Api_Workflowservice_V1_CreateScheduleRequest.self) {
                $0.memo.fields["m"] = .plain
                $0.schedule.action.startWorkflow.input = .plain
                $0.schedule.action.startWorkflow.memo.fields["m"] = .plain
                $0.schedule.action.startWorkflow.userMetadata.summary = .plain
            },
            .init("a description", Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionResponse.self) {
                $0.workflowExecutionInfo.memo.fields["m"] = .plain
                $0.executionConfig.userMetadata.summary = .plain
                $0.pendingActivities = [
                    .with {
                        $0.heartbeatDetails = .plain
                        $0.lastFailure = .plain
                    }
                ]
            },
            .init("a workflow task", PollWorkflowTask.self) {
                $0.history.events = events
                $0.query.queryArgs = .plain
                $0.queries["1"] = .with { $0.queryArgs = .plain }
                $0.queries["2"] = .with { $0.queryArgs = .plain }
                $0.messages = [message(Temporal_Api_Update_V1_Request.with { $0.input.args = .plain })]
            },
            .init("a page of history", Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryResponse.self) {
                $0.history.events = events
            },
            .init("a completed workflow task", Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest.self)
            {
                $0.commands = commands
                $0.queryResults["1"] = .with { $0.answer = .plain }
                $0.queryResults["2"] = .with { $0.failure = .plain }
                $0.messages = [
                    message(Temporal_Api_Update_V1_Response.with { $0.outcome.success = .plain }),
                    message(Temporal_Api_Update_V1_Response.with { $0.outcome.failure = .plain }),
                    message(Temporal_Api_Update_V1_Rejection.with { $0.failure = .plain }),
                    message(Temporal_Api_Update_V1_Acceptance.with { $0.acceptedRequest.input.args = .plain }),
                ]
            },
            .init("a failed workflow task", Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedRequest.self) {
                $0.failure = .plain
            },
            .init("an answered query task", Temporal_Api_Workflowservice_V1_RespondQueryTaskCompletedRequest.self) {
                $0.queryResult = .plain
                $0.failure = .plain
            },
            .init("an activity task", PollActivityTask.self) {
                $0.input = .plain
                $0.heartbeatDetails = .plain
            },
            .init("an activity's result", Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedByIdRequest.self)
            {
                $0.result = .plain
            },
            .init("an activity's failure", Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedRequest.self) {
                $0.failure = .plain
                $0.lastHeartbeatDetails = .plain
            },
            .init("a cancelled activity", Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledRequest.self) {
                $0.details = .plain
            },
            .init("a heartbeat", Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatRequest.self) {
                $0.details = .plain
            },
            .init("a termination", Temporal_Api_Workflowservice_V1_TerminateWorkflowExecutionRequest.self) {
                $0.details = .plain
            },
            .init("a failure of each kind", Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedRequest.self) {
                $0.failure = .with {
                    $0.encodedAttributes = .plain
                    $0.applicationFailureInfo.details = .plain
                    $0.cause = .with {
                        $0.timeoutFailureInfo.lastHeartbeatDetails = .plain
                        $0.cause = .with {
                            $0.canceledFailureInfo.details = .plain
                            $0.cause.resetWorkflowFailureInfo.lastHeartbeatDetails = .plain
                        }
                    }
                }
            },
        ]
    }

    private static let commands: [Command] = [
        .with { $0.scheduleActivityTaskCommandAttributes.input = .plain },
        .with {
            $0.startChildWorkflowExecutionCommandAttributes.input = .plain
            $0.startChildWorkflowExecutionCommandAttributes.memo.fields["m"] = .plain
            $0.userMetadata.summary = .plain
        },
        .with { $0.completeWorkflowExecutionCommandAttributes.result = .plain },
        .with { $0.failWorkflowExecutionCommandAttributes.failure = .plain },
        .with { $0.cancelWorkflowExecutionCommandAttributes.details = .plain },
        .with {
            $0.continueAsNewWorkflowExecutionCommandAttributes.input = .plain
            $0.continueAsNewWorkflowExecutionCommandAttributes.memo.fields["m"] = .plain
            $0.continueAsNewWorkflowExecutionCommandAttributes.lastCompletionResult = .plain
            $0.continueAsNewWorkflowExecutionCommandAttributes.failure = .plain
        },
        .with { $0.signalExternalWorkflowExecutionCommandAttributes.input = .plain },
        .with { $0.modifyWorkflowPropertiesCommandAttributes.upsertedMemo.fields["m"] = .plain },
        .with {
            $0.recordMarkerCommandAttributes.markerName = "core_local_activity"
            $0.recordMarkerCommandAttributes.details["result"] = .plain
            $0.recordMarkerCommandAttributes.failure = .plain
        },
    ]

    private static let events: [HistoryEvent] = [
        .with {
            $0.workflowExecutionStartedEventAttributes.input = .plain
            $0.workflowExecutionStartedEventAttributes.memo.fields["m"] = .plain
            $0.workflowExecutionStartedEventAttributes.continuedFailure = .plain
            $0.workflowExecutionStartedEventAttributes.lastCompletionResult = .plain
            $0.userMetadata.details = .plain
        },
        .with { $0.workflowExecutionCompletedEventAttributes.result = .plain },
        .with { $0.workflowExecutionFailedEventAttributes.failure = .plain },
        .with { $0.workflowTaskFailedEventAttributes.failure = .plain },
        .with { $0.activityTaskScheduledEventAttributes.input = .plain },
        .with { $0.activityTaskStartedEventAttributes.lastFailure = .plain },
        .with { $0.activityTaskCompletedEventAttributes.result = .plain },
        .with { $0.activityTaskFailedEventAttributes.failure = .plain },
        .with { $0.activityTaskTimedOutEventAttributes.failure = .plain },
        .with { $0.activityTaskCanceledEventAttributes.details = .plain },
        .with {
            $0.markerRecordedEventAttributes.details["result"] = .plain
            $0.markerRecordedEventAttributes.failure = .plain
        },
        .with { $0.workflowExecutionSignaledEventAttributes.input = .plain },
        .with { $0.workflowExecutionTerminatedEventAttributes.details = .plain },
        .with { $0.workflowExecutionCanceledEventAttributes.details = .plain },
        .with { $0.workflowExecutionContinuedAsNewEventAttributes.input = .plain },
        .with { $0.startChildWorkflowExecutionInitiatedEventAttributes.input = .plain },
        .with { $0.childWorkflowExecutionCompletedEventAttributes.result = .plain },
        .with { $0.childWorkflowExecutionFailedEventAttributes.failure = .plain },
        .with { $0.childWorkflowExecutionCanceledEventAttributes.details = .plain },
        .with { $0.signalExternalWorkflowExecutionInitiatedEventAttributes.input = .plain },
        .with { $0.workflowPropertiesModifiedEventAttributes.upsertedMemo.fields["m"] = .plain },
        .with { $0.workflowExecutionUpdateAdmittedEventAttributes.request.input.args = .plain },
        .with { $0.workflowExecutionUpdateAcceptedEventAttributes.acceptedRequest.input.args = .plain },
        .with { $0.workflowExecutionUpdateCompletedEventAttributes.outcome.success = .plain },
    ]

    private static func message(_ body: some Message) -> Temporal_Api_Protocol_V1_Message {
        .with { $0.body = (try? Google_Protobuf_Any(message: body)) ?? .init() }
    }
}

/// Writes a mark before the data, and takes it away again.
private struct MarkingCodec: PayloadCodec {
    private let mark: Data

    init(_ mark: String) { self.mark = Data(mark.utf8) }

    func encode(_ payloads: [Payload]) -> [Payload] {
        payloads.map { payload in
            var payload = payload
            payload.data = mark + payload.data
            return payload
        }
    }

    func decode(_ payloads: [Payload]) throws -> [Payload] {
        try payloads.map { payload in
            guard payload.data.starts(with: mark) else { throw Bug() }
            var payload = payload
            payload.data = Data(payload.data.dropFirst(mark.count))
            return payload
        }
    }
}

private struct DoublingCodec: PayloadCodec {
    func encode(_ payloads: [Payload]) -> [Payload] { payloads + payloads }
    func decode(_ payloads: [Payload]) -> [Payload] { Array(payloads.prefix(payloads.count / 2)) }
}

extension Payload {
    fileprivate static var plain: Payload { .make("json/plain", Data("plain".utf8)) }
}

extension Payloads {
    fileprivate static var plain: Payloads { .with { $0.payloads = [.plain, .plain] } }
}

extension Failure {
    fileprivate static var plain: Failure { .with { $0.applicationFailureInfo.details = .plain } }
}

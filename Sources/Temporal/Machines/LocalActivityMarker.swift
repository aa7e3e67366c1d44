import Foundation
import SwiftProtobuf
import TemporalAPI

/// The marker that records how a local activity ended, in the layout that all SDKs built on Temporal's Core write and read.
struct LocalActivityMarker {
    static let name = "core_local_activity"
    private static let dataDetail = "data"
    private static let resultDetail = "result"

    var sequence: Int
    /// The number of the last attempt; 0 when the code was told before the first had ended.
    var attempt: Int
    var activityID: String
    var activityType: String
    /// Nil when the code was told before the activity had ended.
    var completeTime: Google_Protobuf_Timestamp?
    /// Another attempt follows after this long.
    var backoff: Duration?
    var originalScheduleTime: Google_Protobuf_Timestamp?
    /// Which activation of its workflow task told the code of it, counted from 0; nil in histories of older workers.
    var activationIndex: Int?
    var result: OperationResult

    var isSuccess: Bool {
        if case .completed = result { return true }
        return false
    }

    var command: Command {
        .with {
            $0.commandType = .recordMarker
            $0.recordMarkerCommandAttributes = .with {
                $0.markerName = Self.name
                $0.details[Self.dataDetail] = .with { $0.payloads = [.json(json)] }
                switch result {
                case .completed(let payloads):
                    // Other SDKs take a marker without a result for an unreadable one.
                    $0.details[Self.resultDetail] =
                        payloads.payloads.isEmpty ? .with { $0.payloads = [.null] } : payloads
                case .failed(let failure), .canceled(let failure): $0.failure = failure
                }
            }
        }
    }

    /// Written by hand because absent values must appear as `null`.
    private var json: String {
        """
        {"seq":\(sequence),"attempt":\(attempt),"activity_id":\(activityID.jsonLiteral),\
        "activity_type":\(activityType.jsonLiteral),"complete_time":\(Self.json(completeTime)),\
        "backoff":\(Self.json(backoff.map { Google_Protobuf_Duration($0) })),\
        "original_schedule_time":\(Self.json(originalScheduleTime)),\
        "activation_index":\(activationIndex.map(String.init) ?? "null")}
        """
    }

    private static func json(_ time: Google_Protobuf_Timestamp?) -> String { json(time?.seconds, time?.nanos) }

    private static func json(_ duration: Google_Protobuf_Duration?) -> String {
        json(duration?.seconds, duration?.nanos)
    }

    private static func json(_ seconds: Int64?, _ nanos: Int32?) -> String {
        guard let seconds, let nanos else { return "null" }
        return #"{"seconds":\#(seconds),"nanos":\#(nanos)}"#
    }
}

extension LocalActivityMarker {
    private struct Data: Decodable {
        struct Time: Decodable {
            var seconds: Int64
            var nanos: Int32
        }

        var sequence: Int
        var attempt: Int
        var activityID: String
        var activityType: String
        var completeTime: Time?
        var backoff: Time?
        var originalScheduleTime: Time?
        var activationIndex: Int?

        enum CodingKeys: String, CodingKey {
            case sequence = "seq"
            case attempt
            case activityID = "activity_id"
            case activityType = "activity_type"
            case completeTime = "complete_time"
            case backoff
            case originalScheduleTime = "original_schedule_time"
            case activationIndex = "activation_index"
        }
    }

    /// - Returns: nil when `event` is something else.
    init?(_ event: HistoryEvent) throws(Nondeterminism) {
        guard case .markerRecordedEventAttributes(let attributes) = event.attributes,
            attributes.markerName == Self.name
        else { return nil }
        let data: Data
        do {
            data = try JSONDecoder().decode(
                Data.self, from: attributes.details[Self.dataDetail]?.payloads.first?.data ?? .init())
        } catch {
            throw Nondeterminism("the local activity marker at event \(event.eventID) cannot be read: \(error)")
        }
        sequence = data.sequence
        attempt = data.attempt
        activityID = data.activityID
        activityType = data.activityType
        completeTime = data.completeTime.map { .init(seconds: $0.seconds, nanos: $0.nanos) }
        backoff = data.backoff.map { .seconds($0.seconds) + .nanoseconds($0.nanos) }
        originalScheduleTime = data.originalScheduleTime.map { .init(seconds: $0.seconds, nanos: $0.nanos) }
        activationIndex = data.activationIndex
        let failure = attributes.failure
        if !attributes.hasFailure {
            result = .completed(attributes.details[Self.resultDetail] ?? .init())
        } else if failure.isCanceled || failure.cause.isCanceled {
            result = .canceled(failure)
        } else {
            result = .failed(failure)
        }
    }
}

extension Failure {
    fileprivate var isCanceled: Bool {
        if case .canceledFailureInfo = failureInfo { return true }
        return false
    }
}

import SwiftProtobuf
import TemporalAPI

/// Which of the waiting tasks of a queue come first.
public struct Priority: Sendable, Hashable {
    /// From 1, the most urgent, up; the server's default (3 of 5) unless given.
    public var key: Int?
    /// Tasks of different keys are handed out in turn, so that one busy customer does not hold up the others.
    public var fairnessKey: String?
    /// The share of a fairness key among all, 1 unless given.
    public var fairnessWeight: Float?

    /// The server's defaults, but for what is given.
    public init(key: Int? = nil, fairnessKey: String? = nil, fairnessWeight: Float? = nil) {
        self.key = key
        self.fairnessKey = fairnessKey
        self.fairnessWeight = fairnessWeight
    }

    init(_ proto: Temporal_Api_Common_V1_Priority) {
        key = proto.priorityKey == 0 ? nil : Int(proto.priorityKey)
        fairnessKey = proto.fairnessKey.isEmpty ? nil : proto.fairnessKey
        fairnessWeight = proto.fairnessWeight == 0 ? nil : proto.fairnessWeight
    }

    var proto: Temporal_Api_Common_V1_Priority {
        .with {
            $0.priorityKey = Int32(clamping: key ?? 0)
            $0.fairnessKey = fairnessKey ?? ""
            $0.fairnessWeight = fairnessWeight ?? 0
        }
    }
}

extension Payload {
    /// A text for people, as user interfaces expect it.
    static func text(_ text: String) -> Payload {
        // Text is always JSON; the fallback is never taken.
        (try? DataConverter.standard.payload(encoding: text)) ?? .null
    }
}

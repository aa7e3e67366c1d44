import Foundation
import SwiftProtobuf
import TemporalAPI

/// The marker that says a run took the new course at a changed place.
struct PatchMachine: Machine {
    /// The marker's name, shared with other SDKs.
    static let markerName = "core_patch"
    /// The search attribute that lists the patches of a run.
    static let searchAttribute = "TemporalChangeVersion"
    /// What the server accepts as the value of a search attribute, in bytes.
    private static let maximumAttributeSize = 2048
    private static let detail = "patch-data"

    /// What a patch marker says.
    struct Mark: Codable, Equatable {
        var id: String
        var deprecated: Bool
    }

    let mark: Mark
    private(set) var isFinal = false

    static func record(id: String, isDeprecated: Bool) -> (PatchMachine, Command) {
        let mark = Mark(id: id, deprecated: isDeprecated)
        let command = Command.with {
            $0.commandType = .recordMarker
            $0.recordMarkerCommandAttributes.markerName = markerName
            $0.recordMarkerCommandAttributes.details = [detail: .with { $0.payloads = [mark.payload] }]
        }
        return (PatchMachine(mark: mark), command)
    }

    /// The change of the search attribute that goes along with a marker, for the patches of a run so far.
    /// - Returns: nil when the list is too long for the server.
    static func upsert(of patches: some Sequence<String>) -> [String: Payload]? {
        let sorted = patches.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let list = "[\(sorted.map(\.jsonLiteral).joined(separator: ","))]"
        guard list.utf8.count < maximumAttributeSize else { return nil }
        var payload = Payload.json(list)
        payload.metadata["type"] = Data("KeywordList".utf8)
        return [searchAttribute: payload]
    }

    /// The mark in `event`, if it is a patch marker.
    static func mark(in event: HistoryEvent) -> Mark? {
        guard case .markerRecordedEventAttributes(let attributes) = event.attributes,
            attributes.markerName == markerName
        else { return nil }
        if let payload = attributes.details[detail]?.payloads.first {
            return try? JSONDecoder().decode(Mark.self, from: payload.data)
        }
        // The layout before the marker was JSON.
        guard let id = attributes.details["patch_id"]?.payloads.first,
            let deprecated = attributes.details["deprecated"]?.payloads.first?.data.first
        else { return nil }
        return Mark(id: String(decoding: id.data, as: UTF8.self), deprecated: deprecated != 0)
    }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        guard let recorded = Self.mark(in: event), recorded.id == mark.id else {
            throw Nondeterminism("event \(event.eventID) is not the marker of patch \"\(mark.id)\"")
        }
        isFinal = true
        return []
    }
}

extension PatchMachine.Mark {
    /// Written by hand because other SDKs put the id first.
    fileprivate var payload: Payload {
        .json(#"{"id":\#(id.jsonLiteral),"deprecated":\#(deprecated)}"#)
    }
}

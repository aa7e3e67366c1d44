import Foundation
import SwiftProtobuf
import TemporalAPI

/// The marker that says a run took the new course at a changed place.
struct PatchMachine: Machine {
    /// The marker's name, shared with other SDKs.
    static let markerName = "core_patch"
    private static let detail = "patch-data"

    /// What a patch marker says.
    struct Mark: Codable, Equatable {
        var id: String
        var deprecated: Bool
    }

    let mark: Mark
    private(set) var isFinal = false

    static func record(id: String, isDeprecated: Bool) throws -> (PatchMachine, Command) {
        let mark = Mark(id: id, deprecated: isDeprecated)
        let data = try DataConverter.standard.payload(encoding: mark)
        let command = Command.with {
            $0.commandType = .recordMarker
            $0.recordMarkerCommandAttributes.markerName = markerName
            $0.recordMarkerCommandAttributes.details = [detail: .with { $0.payloads = [data] }]
        }
        return (PatchMachine(mark: mark), command)
    }

    private init(mark: Mark) { self.mark = mark }

    /// The mark in `event`, if it is a patch marker.
    static func mark(in event: HistoryEvent) -> Mark? {
        guard case .markerRecordedEventAttributes(let attributes) = event.attributes,
            attributes.markerName == markerName,
            let payload = attributes.details[detail]?.payloads.first
        else { return nil }
        return try? JSONDecoder().decode(Mark.self, from: payload.data)
    }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        guard Self.mark(in: event)?.id == mark.id else {
            throw Nondeterminism("event \(event.eventID) is not the marker of patch \"\(mark.id)\"")
        }
        isFinal = true
        return []
    }

    mutating func cancel() -> [MachineOutput] { [] }
}

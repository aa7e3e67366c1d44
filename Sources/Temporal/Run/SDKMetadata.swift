import SwiftProtobuf
import TemporalAPI

/// What completions tell the server of the SDK that made them, and what history says of those before.
///
/// A rule that was not there from the beginning has a flag: replay follows the rule only where history has the flag.
struct SDKMetadata {
    enum Flag: UInt32, CaseIterable {
        /// Ids and types of operations are compared on replay.
        case comparesIDsAndTypes = 1
        /// A patch lists itself in a search attribute.
        case listsPatches = 2
        /// Commands asked for after the end are sent, before the one that ends the run.
        case endsLast = 3
        /// Services and names of Nexus operations are compared on replay; this SDK has none, and so nothing to compare.
        case comparesNexusOperations = 4
    }

    /// How this SDK names itself in history.
    static let name = "temporal-swift-payment-saga"
    static let version = "1.0.0"

    private let isEnabled: Bool
    private var flags: Set<UInt32> = []
    private var recordedName = ""
    private var recordedVersion = ""

    /// - Parameter isEnabled: whether the server keeps what is told; where it does not, no new flag may be used.
    init(isEnabled: Bool) { self.isEnabled = isEnabled }

    /// Takes note of what a completion in history said.
    mutating func apply(_ metadata: Temporal_Api_Sdk_V1_WorkflowTaskCompletedMetadata) throws(WorkflowTaskFailure) {
        for flag in metadata.coreUsedFlags where Flag(rawValue: flag) == nil {
            throw .unhandled(
                "history was made with SDK flag \(flag), which this version does not know: a newer worker must take it")
        }
        flags.formUnion(metadata.coreUsedFlags)
        if !metadata.sdkName.isEmpty { recordedName = metadata.sdkName }
        if !metadata.sdkVersion.isEmpty { recordedVersion = metadata.sdkVersion }
    }

    func allows(_ flag: Flag, isReplaying: Bool) -> Bool {
        isReplaying ? flags.contains(flag.rawValue) : isEnabled
    }

    /// What is new since the last completion, to go out with the next.
    mutating func forCompletion() -> Temporal_Api_Sdk_V1_WorkflowTaskCompletedMetadata? {
        guard isEnabled else { return nil }
        let unrecorded = Flag.allCases.map(\.rawValue).filter { !flags.contains($0) }
        flags.formUnion(unrecorded)
        defer { (recordedName, recordedVersion) = (Self.name, Self.version) }
        return .with {
            $0.coreUsedFlags = unrecorded
            if recordedName != Self.name { $0.sdkName = Self.name }
            if recordedVersion != Self.version { $0.sdkVersion = Self.version }
        }
    }
}

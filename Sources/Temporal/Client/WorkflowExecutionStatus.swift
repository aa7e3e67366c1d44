import TemporalAPI

/// Where a run stands.
public enum WorkflowExecutionStatus: String, Sendable, Hashable, CaseIterable {
    case running, paused
    case completed, failed, canceled, terminated, continuedAsNew, timedOut
    /// One that a newer server knows.
    case unknown

    /// Whether the run can still go on.
    public var isOpen: Bool { self == .running || self == .paused }

    init(_ status: Temporal_Api_Enums_V1_WorkflowExecutionStatus) {
        self =
            switch status {
            case .running: .running
            case .paused: .paused
            case .completed: .completed
            case .failed: .failed
            case .canceled: .canceled
            case .terminated: .terminated
            case .continuedAsNew: .continuedAsNew
            case .timedOut: .timedOut
            case .unspecified, .UNRECOGNIZED: .unknown
            }
    }
}

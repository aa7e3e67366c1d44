import TemporalAPI

/// Where a run stands.
public enum WorkflowExecutionStatus: String, Sendable, Hashable, CaseIterable {
    /// Open; a worker may be at work on it, or it waits.
    case running
    /// Open, and held back by an operator.
    case paused
    /// Its code returned.
    case completed
    /// Its code threw a ``TemporalFailure``.
    case failed
    /// Its code ended because it was asked to cancel itself.
    case canceled
    /// Someone ended it without its code.
    case terminated
    /// Another run of the same id goes on.
    case continuedAsNew
    /// Its run or execution time-out is over.
    case timedOut
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

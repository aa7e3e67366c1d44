import TemporalAPI

/// Which workflows a query is not put to.
public enum QueryRejectCondition: Sendable, Hashable {
    /// All are asked, closed ones too.
    case none
    /// Closed ones are not asked.
    case notOpen
    /// Those that closed without completing are not asked.
    case notCompletedCleanly

    var proto: Temporal_Api_Enums_V1_QueryRejectCondition {
        switch self {
        case .none: .none
        case .notOpen: .notOpen
        case .notCompletedCleanly: .notCompletedCleanly
        }
    }
}

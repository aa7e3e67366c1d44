/// A schedule was not created because there is one of its id.
public struct ScheduleAlreadyExistsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The id that is taken.
    public let scheduleID: String

    public var description: String { "there is a schedule \"\(scheduleID)\" already" }
}

/// The schedule does not exist.
public struct ScheduleNotFoundError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The id that was asked for.
    public let scheduleID: String
    /// The server's own words.
    public let message: String

    public var description: String { "schedule \"\(scheduleID)\": \(message)" }
}

/// A schedule was changed by someone else between being read and being written: update it again.
public struct ScheduleConflictError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The schedule's id.
    public let scheduleID: String

    public var description: String { "schedule \"\(scheduleID)\" was changed by someone else meanwhile" }
}

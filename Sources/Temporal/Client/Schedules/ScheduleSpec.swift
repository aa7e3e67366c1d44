public import Foundation

/// When a schedule starts its workflow: at every time that one of its parts names and none of its exceptions does.
public struct ScheduleSpec: Sendable, Hashable {
    /// Times of the calendar.
    public var calendars: [ScheduleCalendar]
    /// Times at equal distances.
    public var intervals: [ScheduleInterval]
    /// Times as `cron` writes them. The server turns them into ``calendars`` and ``intervals``.
    public var cronExpressions: [String]
    /// Times of the calendar to leave out.
    public var skipped: [ScheduleCalendar]
    /// Nothing is started before.
    public var start: Date?
    /// Nothing is started after.
    public var end: Date?
    /// Each start is late by a random time up to this.
    public var jitter: Duration?
    /// The time zone of the calendar, such as `Europe/Berlin`; UTC unless given.
    public var timeZone: String
    /// That time zone's rules as a TZif file, in place of the server's.
    public var timeZoneData: Data

    /// Times in UTC, unless given otherwise; none if nothing is given.
    public init(
        calendars: [ScheduleCalendar] = [], intervals: [ScheduleInterval] = [], cronExpressions: [String] = [],
        skipped: [ScheduleCalendar] = [], start: Date? = nil, end: Date? = nil, jitter: Duration? = nil,
        timeZone: String = "", timeZoneData: Data = Data()
    ) {
        self.calendars = calendars
        self.intervals = intervals
        self.cronExpressions = cronExpressions
        self.skipped = skipped
        self.start = start
        self.end = end
        self.jitter = jitter
        self.timeZone = timeZone
        self.timeZoneData = timeZoneData
    }
}

/// Times at equal distances, counted from the beginning of 1970.
public struct ScheduleInterval: Sendable, Hashable {
    /// How long from one to the next.
    public var every: Duration
    /// How much later each is than a multiple of ``every``.
    public var offset: Duration

    /// Times `every` so often, counted from the beginning of 1970, each `offset` later.
    public init(every: Duration, offset: Duration = .zero) {
        self.every = every
        self.offset = offset
    }
}

/// Numbers of a calendar's field, from the first to the last by a step.
public struct ScheduleRange: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// The first number.
    public var start: Int
    /// The last number; not less than the first.
    public var end: Int
    /// From one to the next; at least 1.
    public var step: Int

    /// The numbers from `start` through `end`; `start` alone unless given.
    public init(_ start: Int, through end: Int? = nil, by step: Int = 1) {
        self.start = start
        self.end = end ?? start
        self.step = step
    }

    /// One number alone.
    public init(integerLiteral value: Int) { self.init(value) }
}

/// The times of a calendar at which every field is one of its numbers.
public struct ScheduleCalendar: Sendable, Hashable {
    /// 0 to 59.
    public var second: [ScheduleRange]
    /// 0 to 59.
    public var minute: [ScheduleRange]
    /// 0 to 23.
    public var hour: [ScheduleRange]
    /// 1 to 31.
    public var dayOfMonth: [ScheduleRange]
    /// 1 to 12.
    public var month: [ScheduleRange]
    /// Empty is every year.
    public var year: [ScheduleRange]
    /// 0 to 6, from Sunday on.
    public var dayOfWeek: [ScheduleRange]
    /// For people.
    public var comment: String

    /// Midnight of every day, unless told otherwise.
    public init(
        second: [ScheduleRange] = [0], minute: [ScheduleRange] = [0], hour: [ScheduleRange] = [0],
        dayOfMonth: [ScheduleRange] = [.init(1, through: 31)], month: [ScheduleRange] = [.init(1, through: 12)],
        year: [ScheduleRange] = [], dayOfWeek: [ScheduleRange] = [.init(0, through: 6)], comment: String = ""
    ) {
        self.second = second
        self.minute = minute
        self.hour = hour
        self.dayOfMonth = dayOfMonth
        self.month = month
        self.year = year
        self.dayOfWeek = dayOfWeek
        self.comment = comment
    }
}

/// Which records of a partition are done, and so up to where the partition may be committed.
///
/// Records are begun in the order of their offsets and finished in any. Only what has nothing unfinished below it
/// counts. Offsets may have gaps, as compacted topics do.
struct OffsetTracker: Sendable {
    /// The offsets begun and not yet below ``position``, ascending from `head` on.
    private var begun: [Int64] = []
    private var head = 0
    private var finished: Set<Int64> = []

    /// The offset to commit, one past the last record of the finished prefix; `nil` until there is one.
    private(set) var position: Int64?

    /// The offset of the record begun last.
    private(set) var last: Int64?

    /// How many records lie at or above ``position``.
    var outstanding: Int { begun.count - head }

    /// Notes a record that was read.
    ///
    /// - Returns: False if it, or a later one, was begun before; it is not noted again then.
    mutating func begin(_ offset: Int64) -> Bool {
        guard offset > last ?? -1 else { return false }
        last = offset
        begun.append(offset)
        return true
    }

    /// Notes that a record is done. One that was not begun, or is done already, changes nothing.
    mutating func finish(_ offset: Int64) {
        guard outstanding > 0, offset >= begun[head], offset <= begun[begun.count - 1] else { return }
        finished.insert(offset)
        while head < begun.count, finished.remove(begun[head]) != nil {
            position = begun[head] + 1
            head += 1
        }
        // Half of the room at most is for what is done, at a cost that is constant on average.
        if head > begun.count / 2 {
            begun.removeFirst(head)
            head = 0
        }
    }
}

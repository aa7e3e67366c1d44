/// What goes wrong with one call of an activity.
public enum Fault: Sendable, Hashable {
    /// It fails and does nothing.
    case errorBeforeEffect
    /// It does its work, and the answer is lost.
    case errorAfterEffect
    /// It does its work twice.
    case duplicate
    /// It fails and does nothing, and no other attempt is of use.
    case finalError
}

/// A role as a process of its own, which serves.
struct RunningRole: Sendable {
    let program: Program
    /// Where it answers over HTTP.
    let url: String
}

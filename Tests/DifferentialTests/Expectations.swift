/// What is held against our worker, of the things that not all of its parts do yet.
enum Expectations {
    /// A patch is recorded by a marker and by the search attribute `TemporalChangeVersion`.
    static let patchesAreSearchable = true
    /// Completed workflow tasks say which rules of the SDK the run follows.
    static let hasFlags = true
    /// Events say which signal or update led to them.
    static let hasEventGroups = false
}

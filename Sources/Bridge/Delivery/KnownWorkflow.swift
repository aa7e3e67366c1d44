/// A workflow that Temporal has.
struct KnownWorkflow: Equatable, Sendable {
    let runID: String
    let isOpen: Bool
    /// ``StartCommand/digest`` of the request that started it; `nil` if something else did.
    let digest: String?
}

extension Dictionary where Key == Setting, Value == String? {
    /// These options and those of option groups.
    func adding(_ groups: [Setting: String?]...) -> [Setting: String?] {
        groups.reduce(self) { $0.merging($1) { own, _ in own } }
    }
}

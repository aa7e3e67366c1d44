import Foundation

/// The processes of this machine, from /proc.
enum ProcessTable {
    /// One process, told from a later one that has its number by the time it started.
    struct Entry: Hashable {
        let pid: pid_t
        let parent: pid_t
        let startTime: String
    }

    /// All that run; those that have ended and are not waited for yet don't.
    static func running() -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.compactMap { pid in
            guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                // The name of the program, in parentheses, may hold anything.
                let end = status.lastIndex(of: ")")
            else { return nil }
            let fields = status[status.index(after: end)...].split(separator: " ")
            guard fields.count > 19, fields[0] != "Z", let parent = pid_t(fields[1]) else { return nil }
            return Entry(pid: pid, parent: parent, startTime: String(fields[19]))
        }
    }

    /// The children of a process, and theirs.
    static func descendants(of pid: pid_t) -> Set<Entry> {
        let all = running()
        var found: Set<Entry> = []
        var parents: Set = [pid]
        while !parents.isEmpty {
            let children = all.filter { parents.contains($0.parent) }
            found.formUnion(children)
            parents = Set(children.map(\.pid))
        }
        return found
    }
}

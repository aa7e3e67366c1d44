import Foundation

/// What Prometheus's own client libraries tell of their process, as Linux has it.
enum ProcessMetrics {
    /// Their names, and what they are.
    static let descriptions: [(name: String, kind: MetricKind, text: String)] = [
        ("process_cpu_seconds_total", .counter, "Processor time, of the system's calls too."),
        ("process_resident_memory_bytes", .gauge, "Memory in use."),
        ("process_open_fds", .gauge, "Open files and connections."),
        ("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970."),
    ]

    private static let start = Date().timeIntervalSince1970

    /// In the text format; empty where there is no /proc.
    static func text() -> String {
        let values = [cpuSeconds, residentBytes, openFiles, start]
        return zip(descriptions, values).compactMap { metric, value in
            value.map {
                """
                # HELP \(metric.name) \(metric.text)
                # TYPE \(metric.name) \(metric.kind.rawValue)
                \(metric.name) \(PrometheusText.number($0))

                """
            }
        }.joined()
    }

    private static var cpuSeconds: Double? {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static var residentBytes: Double? {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        guard let pages, pages.count > 1, let resident = Double(pages[1]) else { return nil }
        return resident * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static var openFiles: Double? {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double($0.count) }
    }
}

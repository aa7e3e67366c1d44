import Foundation

/// The time, and what this process has used of a processor, up to now.
struct Usage {
    let instant = ContinuousClock.now
    /// In seconds.
    let processor: Double

    init() {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        processor = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

/// How fast some records went, and what each cost.
struct Measurement: CustomStringConvertible {
    let rate: Double
    /// Of a processor, in microseconds a record.
    let cost: Double

    init(records: Int, since start: Usage) {
        let end = Usage()
        rate = Double(records) / (start.instant.duration(to: end.instant) / .seconds(1))
        cost = (end.processor - start.processor) / Double(records) * 1e6
    }

    static func median(of measurements: [Measurement]) -> Measurement {
        measurements.sorted { $0.rate < $1.rate }[measurements.count / 2]
    }

    var description: String { "\(Int(rate)) records/s, \(String(format: "%.1f", cost)) µs of processor a record" }
}

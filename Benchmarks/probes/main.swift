import Foundation

/// Runs all probes in this process, and says which of them differ from what is written down.
var failed = false
for probe in ExecutorProbe.all {
    let transcript = probe.transcript()
    let isAsExpected = transcript == probe.expected
    failed = failed || !isAsExpected
    print("\(isAsExpected ? "ok      " : "DIFFERS ") \(probe.name)")
    if !isAsExpected { print("  expected \(probe.expected)\n  got      \(transcript)") }
}
if failed { exit(1) }

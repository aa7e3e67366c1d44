/// A part of the system that runs as a process of its own.
enum Role: String {
    case bridge, worker, sidecar, simulators
}

import Foundation

/// TCP ports of the loopback interface.
enum LoopbackPort {
    /// Below those that Linux gives to outgoing connections, so that whoever starts again finds its port free.
    private static let range = 15_000..<32_768
    private static let attempts = 100

    /// A port that nobody listens on at the moment.
    /// - Throws: ``CommandFailure`` when there is none.
    static func free() throws(CommandFailure) -> Int {
        for _ in 0..<attempts {
            let port = Int.random(in: range)
            if isFree(port) { return port }
        }
        throw CommandFailure("there is no free port on 127.0.0.1: \(String(cString: strerror(errno)))")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

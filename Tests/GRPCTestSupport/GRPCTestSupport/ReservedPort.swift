internal import Foundation

/// A port of 127.0.0.1 where nobody listens, and that nobody else is given: connections to it are refused until a
/// scripted server is started on it, and again once that has stopped.
package final class ReservedPort: Sendable {
    package let number: Int
    private let descriptor: Int32

    package init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        // Bound but not listening. Sharing the port lets a server of this process bind it too.
        var isShared: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &isShared, socklen_t(MemoryLayout<Int32>.size))
        guard let port = bindToLoopback(descriptor) else {
            Foundation.close(descriptor)
            throw ScriptedServerError(address: "127.0.0.1:0")
        }
        self.descriptor = descriptor
        number = port
    }

    /// Lets others have the port.
    package func release() {
        Foundation.close(descriptor)
    }
}

/// Binds a socket to a free port of 127.0.0.1, which is returned.
func bindToLoopback(_ descriptor: Int32) -> Int? {
    var address = sockaddr_in(loopbackPort: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
}

extension sockaddr_in {
    init(loopbackPort port: Int) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = UInt16(port).bigEndian
        sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    }
}

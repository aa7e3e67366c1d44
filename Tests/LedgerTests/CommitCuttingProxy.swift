import Foundation
import Synchronization

/// Stands between a client and a PostgreSQL server, and cuts connections when the server has committed and says so: the
/// client can't know.
final class CommitCuttingProxy: Sendable {
    let port: Int

    /// How many commits are still to be cut off from their answer.
    private let cuts = Mutex(0)
    private let listener: Int32

    /// - Parameter server: The port of the server on 127.0.0.1.
    init(server: Int) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRINUSE) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [weak self] in
            while case let client = accept(listener, nil, nil), client >= 0 { self?.serve(client, server) }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Cuts the next commits off from their answers. The others pass.
    func cut(commits: Int) { cuts.withLock { $0 = commits } }

    var remainingCuts: Int { cuts.withLock { $0 } }

    private func serve(_ client: Int32, _ port: Int) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port: port)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(server, $0, length) }
        }
        Thread.detachNewThread { Self.forward(from: client, to: server) { _ in true } }
        Thread.detachNewThread { [self] in
            let tag = Data("COMMIT\0".utf8)
            Self.forward(from: server, to: client) { data in
                guard data.range(of: tag) != nil else { return true }
                return cuts.withLock { cuts in
                    defer { cuts = max(0, cuts - 1) }
                    return cuts == 0
                }
            }
        }
    }

    /// Forwards until one side closes, or `passes` says to cut both off.
    private static func forward(from source: Int32, to destination: Int32, _ passes: (Data) -> Bool) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(source, &buffer, buffer.count), count > 0 {
            let data = Data(buffer[..<count])
            guard passes(data) else { break }
            var sent = 0
            while sent < count {
                let written = data.withUnsafeBytes {
                    send(destination, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { break }
                sent += written
            }
            if sent < count { break }
        }
        // The other direction's thread sees the end; descriptors stay taken, so that none of them is reused meanwhile.
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(destination, Int32(SHUT_RDWR))
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }
}

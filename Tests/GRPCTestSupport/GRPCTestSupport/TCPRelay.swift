internal import Foundation
internal import Synchronization

/// Passes TCP connections on to a server on 127.0.0.1, and can break them in ways no server offers: reset them, or hold
/// every byte back as a dead network does.
package final class TCPRelay: Sendable {
    /// Where to connect instead of to the server.
    package let port: Int
    private let listener: Int32
    private let serverPort: Int
    private let state = Mutex(State())
    private let threads = DispatchGroup()

    private struct State {
        var sockets: [Int32] = []
        var isHolding = false
        var isStopped = false
    }

    /// Starts relaying to a port of 127.0.0.1.
    package init(to serverPort: Int) throws {
        self.serverPort = serverPort
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard let port = bindToLoopback(listener), listen(listener, 16) == 0 else {
            Foundation.close(listener)
            throw ScriptedServerError(address: "127.0.0.1:0")
        }
        self.port = port
        run { [self] in accept() }
    }

    /// Resets every connection; new ones are accepted as before.
    package func reset() {
        state.withLock { state in
            for socket in state.sockets {
                // Closing with a linger of zero sends RST. The socket stays open until its threads have noticed.
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                shutdown(socket, Int32(SHUT_RDWR))
            }
        }
    }

    /// Holds back every byte from now on, without closing anything.
    package func hold() {
        state.withLock { $0.isHolding = true }
    }

    /// Closes all sockets and waits for the relay's threads.
    package func stop() async {
        state.withLock { $0.isStopped = true }
        shutdown(listener, Int32(SHUT_RDWR))
        reset()
        await withCheckedContinuation { continuation in
            threads.notify(queue: .global()) { continuation.resume() }
        }
        Foundation.close(listener)
    }

    private func run(_ body: @escaping @Sendable () -> Void) {
        threads.enter()
        Thread.detachNewThread { [threads] in
            body()
            threads.leave()
        }
    }

    private func accept() {
        while true {
            let client = Foundation.accept(listener, nil, nil)
            guard client >= 0 else { return }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in(loopbackPort: serverPort)
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            let isStopped = state.withLock { state in
                state.sockets += [client, server]
                return state.isStopped
            }
            if !connected || isStopped {
                close(client, server)
                continue
            }
            run { [self] in
                let back = DispatchGroup()
                back.enter()
                Thread.detachNewThread { [self] in
                    pass(from: server, to: client)
                    back.leave()
                }
                pass(from: client, to: server)
                back.wait()
                close(client, server)
            }
        }
    }

    private func pass(from source: Int32, to destination: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            if count <= 0 { break }
            if state.withLock({ $0.isHolding }) { continue }
            if send(destination, buffer, count, Int32(MSG_NOSIGNAL)) != count { break }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(destination, Int32(SHUT_RDWR))
    }

    private func close(_ client: Int32, _ server: Int32) {
        state.withLock { $0.sockets.removeAll { $0 == client || $0 == server } }
        Foundation.close(client)
        Foundation.close(server)
    }
}

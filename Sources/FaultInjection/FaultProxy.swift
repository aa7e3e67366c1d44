import Foundation
import Synchronization

/// A TCP proxy on a free loopback port that does to its connections what networks and servers do on bad days.
public final class FaultProxy: Sendable {
    /// What happens to bytes and connections.
    public enum Fault: Sendable, Equatable {
        /// Everything goes through.
        case none
        /// Everything goes through, each piece that much later.
        case delay(Duration)
        /// Connections break, new ones at once.
        case cut
        /// Nobody listens.
        case refuse
        /// Connections stand, and nothing comes through in either direction: the other side is gone without a word.
        case halfOpen
        /// What is asked goes through, what is answered is lost.
        case loseAnswers
        /// What is asked goes through, and rubbish comes in place of the answer.
        case wrongAnswers
    }

    struct State {
        var fault = Fault.none
        var listener: Int32 = -1
        var isClosed = false
        var connections = 0
        var swallowedBytes = 0
    }

    /// How soon a change of the fault is noticed.
    private static let glance: Int32 = 20
    static let rubbish = Array("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n".utf8)

    /// Where it listens.
    public let port: Int
    private let target: Int
    private let state: Mutex<State>

    /// - Parameter target: The loopback port that connections go on to.
    /// - Throws: `POSIXError`.
    public init(target: Int) throws {
        let listener = try LoopbackSocket.listen(port: 0)
        self.target = target
        port = LoopbackSocket.port(of: listener)
        state = Mutex(State(listener: listener))
        Thread.detachNewThread { [self] in accept() }
    }

    /// Changes what happens, to connections that stand as well.
    public func set(_ fault: Fault) throws {
        try state.withLock { state in
            state.fault = fault
            if fault == .refuse, state.listener >= 0 {
                close(state.listener)
                state.listener = -1
            } else if fault != .refuse, state.listener < 0, !state.isClosed {
                state.listener = try LoopbackSocket.listen(port: port)
            }
        }
    }

    /// How many connections stand.
    public var connections: Int { state.withLock { $0.connections } }

    /// How many bytes were asked of a side that was gone without a word.
    public var swallowedBytes: Int { state.withLock { $0.swallowedBytes } }

    /// Breaks all connections and listens no more.
    public func stop() {
        state.withLock { state in
            state.isClosed = true
            if state.listener >= 0 { close(state.listener) }
            state.listener = -1
        }
    }

    private func accept() {
        while true {
            let (listener, isClosed) = state.withLock { ($0.listener, $0.isClosed) }
            if isClosed { return }
            guard listener >= 0, LoopbackSocket.isReadable(listener, within: Self.glance) else {
                if listener < 0 { usleep(useconds_t(Self.glance * 1000)) }
                continue
            }
            let client = LoopbackSocket.accept(listener)
            guard client >= 0 else { continue }
            guard let server = try? LoopbackSocket.connect(port: target) else {
                close(client)
                continue
            }
            state.withLock { $0.connections += 1 }
            let pair = Pair(client: client, server: server)
            Thread.detachNewThread { [self] in pump(pair, isAnswer: false) }
            Thread.detachNewThread { [self] in pump(pair, isAnswer: true) }
        }
    }

    private func pump(_ pair: Pair, isAnswer: Bool) {
        let (source, sink) = isAnswer ? (pair.server, pair.client) : (pair.client, pair.server)
        while !pair.isBroken, pass(from: source, to: sink, pair, isAnswer: isAnswer) {}
        if pair.end() { state.withLock { $0.connections -= 1 } }
    }

    /// - Returns: Whether the connection goes on.
    private func pass(from source: Int32, to sink: Int32, _ pair: Pair, isAnswer: Bool) -> Bool {
        guard let fault = current, fault != .cut, fault != .refuse else { return false }
        guard LoopbackSocket.isReadable(source, within: Self.glance) else {
            // A stream in which something is missing is of no use once things go on.
            return !(pair.hasLost && fault == .none)
        }
        guard let bytes = LoopbackSocket.read(source) else { return false }
        switch current ?? .cut {
        case .none: return !pair.hasLost && LoopbackSocket.write(bytes, to: sink)
        case .delay(let delay):
            Thread.sleep(forTimeInterval: delay / .seconds(1))
            return !pair.hasLost && LoopbackSocket.write(bytes, to: sink)
        case .cut, .refuse: return false
        case .halfOpen:
            if !isAnswer { state.withLock { $0.swallowedBytes += bytes.count } }
            pair.lose()
            return true
        case .loseAnswers:
            guard isAnswer else { return LoopbackSocket.write(bytes, to: sink) }
            pair.lose()
            return true
        case .wrongAnswers:
            guard isAnswer else { return LoopbackSocket.write(bytes, to: sink) }
            _ = LoopbackSocket.write(Self.rubbish, to: sink)
            return false
        }
    }

    private var current: Fault? {
        state.withLock { $0.isClosed ? nil : $0.fault }
    }
}

/// The two sockets of a connection.
private final class Pair: Sendable {
    let client: Int32
    let server: Int32
    private let state = Mutex((pumps: 2, hasLost: false, isBroken: false))

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
    }

    var hasLost: Bool { state.withLock { $0.hasLost } }
    var isBroken: Bool { state.withLock { $0.isBroken } }

    func lose() { state.withLock { $0.hasLost = true } }

    /// One direction has ended, and the other has to.
    /// - Returns: Whether it had ended already.
    func end() -> Bool {
        let isLast = state.withLock { state in
            state.isBroken = true
            state.pumps -= 1
            return state.pumps == 0
        }
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
        if isLast {
            close(client)
            close(server)
        }
        return isLast
    }
}

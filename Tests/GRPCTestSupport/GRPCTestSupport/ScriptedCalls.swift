internal import CGRPCTesting
internal import Synchronization
internal import Temporal

/// The calls a scripted server has in progress, each with the task that answers it.
final class ScriptedCalls: Sendable {
    private struct State {
        var tasks: [CallPointer: Task<Void, Never>] = [:]
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Names a call. The C side keeps it valid until it is answered, and lets any one thread use it.
    private struct CallPointer: Hashable, @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let handler: ScriptedGRPCServer.Handler
    private let state = Mutex(State())

    init(handler: @escaping ScriptedGRPCServer.Handler) {
        self.handler = handler
    }

    static func from(_ context: UnsafeMutableRawPointer?, releasing: Bool = false) -> ScriptedCalls? {
        guard let context else { return nil }
        let unmanaged = Unmanaged<ScriptedCalls>.fromOpaque(context)
        return releasing ? unmanaged.takeRetainedValue() : unmanaged.takeUnretainedValue()
    }

    func begin(_ pointer: OpaquePointer?) {
        guard let pointer else { return }
        let call = CallPointer(pointer: pointer)
        let request = ScriptedRequest(pointer)
        state.withLock { state in
            // The task takes the lock to finish, so it finds itself in the table.
            state.tasks[call] = Task {
                let response = await handler(request)
                self.state.withLock { $0.tasks[call] = nil }
                response.send(on: call.pointer)
            }
        }
    }

    func cancel(_ pointer: OpaquePointer?) {
        guard let pointer else { return }
        state.withLock { $0.tasks[CallPointer(pointer: pointer)] }?.cancel()
    }

    func end() {
        let waiting = state.withLock { state in
            state.hasEnded = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func ended() async {
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waiting.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }
}

extension ScriptedRequest {
    fileprivate init(_ call: OpaquePointer) {
        var metadata = GRPCMetadata()
        for index in 0..<cgrpc_test_call_metadata_count(call) {
            let entry = cgrpc_test_call_metadata(call, index)
            let key = String(decoding: entry.key.buffer, as: UTF8.self)
            let value = entry.value.buffer
            metadata.append(
                key.hasSuffix("-bin") ? .binary([UInt8](value)) : .ascii(String(decoding: value, as: UTF8.self)),
                forKey: key)
        }
        let count = cgrpc_test_call_request_count(call)
        let message = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let destination = buffer.baseAddress { cgrpc_test_call_copy_request(call, destination) }
            initialized = count
        }
        let peer = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            cgrpc_test_call_peer(call, buffer.baseAddress, buffer.count)
            return buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
        let remaining = cgrpc_test_call_remaining_ns(call)
        self.init(
            method: String(decoding: cgrpc_test_call_method(call).buffer, as: UTF8.self),
            metadata: metadata,
            message: message,
            peer: peer,
            timeRemaining: remaining < 0 ? nil : .nanoseconds(remaining))
    }
}

extension ScriptedResponse {
    /// Answers the call, which is no longer valid afterwards.
    fileprivate func send(on call: OpaquePointer) {
        add(initialMetadata, to: call, isTrailing: false)
        add(trailingMetadata, to: call, isTrailing: true)
        Array(statusMessage.utf8).withSpan { text in
            guard let message else {
                return cgrpc_test_call_respond(call, nil, Int32(code.rawValue), text)
            }
            message.withSpan { message in
                var message = message
                cgrpc_test_call_respond(call, &message, Int32(code.rawValue), text)
            }
        }
    }

    private func add(_ metadata: GRPCMetadata, to call: OpaquePointer, isTrailing: Bool) {
        for entry in metadata.entries {
            let value: [UInt8] =
                switch entry.value {
                case .ascii(let text): Array(text.utf8)
                case .binary(let bytes): bytes
                }
            Array(entry.key.utf8).withSpan { key in
                value.withSpan { cgrpc_test_call_add_metadata(call, isTrailing, key, $0) }
            }
        }
    }
}

extension cgrpc_test_span {
    fileprivate var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: bytes, count: count) }
}

extension [UInt8] {
    fileprivate func withSpan(_ body: (cgrpc_test_span) -> Void) {
        withUnsafeBufferPointer { body(cgrpc_test_span(bytes: $0.baseAddress, count: $0.count)) }
    }
}

internal import CGRPC

/// One call: a request, a response and a status.
///
/// It is used in this order: `add` for each header, `start`, and after the tag was delivered `result`. Only `cancel` may
/// come at any time and from any thread.
final class UnaryCall: Sendable {
    /// Freed by deinit. The core synchronises `cancel` with the rest; what the core writes is read only after the queue
    /// has delivered the tag, and whoever waits for the tag holds this object.
    nonisolated(unsafe) private let pointer: OpaquePointer
    private let method: String
    private let target: ChannelTarget

    init(
        method: String, target: ChannelTarget, timeout: Duration, channel: OpaquePointer, queue: CompletionQueue
    ) {
        var path = method
        pointer = path.withUTF8 {
            cgrpc_call_create(channel, queue.pointer, $0.baseAddress, $0.count, timeout.clampedNanoseconds)
        }
        self.method = method
        self.target = target
    }

    deinit {
        cgrpc_call_destroy(pointer)
    }

    func add(_ entry: GRPCMetadata.Entry) throws(GRPCError) {
        let isBinary = entry.key.hasSuffix("-bin")
        let outcome: cgrpc_metadata_result
        switch entry.value {
        case .ascii(var text):
            guard !isBinary else {
                throw failure(.invalidArgument, "metadata '\(entry.key)' has a text value; keys in -bin take bytes")
            }
            outcome = text.withUTF8 { add(entry.key, UnsafeRawBufferPointer($0)) }
        case .binary(let bytes):
            guard isBinary else {
                throw failure(.invalidArgument, "metadata '\(entry.key)' has a binary value; its key must end in -bin")
            }
            outcome = bytes.withUnsafeBytes { add(entry.key, $0) }
        }
        switch outcome {
        case CGRPC_METADATA_KEY_ILLEGAL:
            throw failure(.invalidArgument, "metadata key '\(entry.key)' has characters other than a-z 0-9 - _ .")
        case CGRPC_METADATA_VALUE_ILLEGAL:
            // The value stays out of the message: it may be a credential.
            throw failure(
                .invalidArgument, "the value of metadata '\(entry.key)' is not printable ASCII; look for a line break")
        default:
            break
        }
    }

    private func add(_ key: String, _ value: UnsafeRawBufferPointer) -> cgrpc_metadata_result {
        var key = key
        return key.withUTF8 {
            cgrpc_call_add_metadata(pointer, $0.baseAddress, $0.count, value.baseAddress, value.count)
        }
    }

    /// Sends the request; false means that nothing was started.
    func start(_ request: [UInt8], tag: UnsafeMutableRawPointer) -> Bool {
        request.withUnsafeBytes { cgrpc_call_start(pointer, $0.baseAddress, $0.count, tag) }
    }

    /// Ends the call with CANCELLED unless its status has arrived already.
    func cancel() {
        cgrpc_call_cancel(pointer)
    }

    /// The response, once the tag was delivered.
    func result() throws(GRPCError) -> GRPCResponse {
        let trailing = GRPCMetadata(count: cgrpc_call_trailing_metadata_count(pointer)) {
            cgrpc_call_trailing_metadata(pointer, $0)
        }
        let code = GRPCStatusCode(rawValue: Int(cgrpc_call_status(pointer))) ?? .unknown
        guard code == .ok else {
            var error = failure(code, String(cgrpc_call_status_message(pointer)))
            error.trailingMetadata = trailing
            if case .binary(let details) = trailing["grpc-status-details-bin"] { error.detailsBytes = details }
            throw error
        }
        let count = cgrpc_call_response_count(pointer)
        guard count >= 0 else {
            throw failure(.internal, "the server answered OK without a response message")
        }
        let message = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
            if let destination = buffer.baseAddress { cgrpc_call_copy_response(pointer, destination) }
            initialized = Int(count)
        }
        let initial = GRPCMetadata(count: cgrpc_call_initial_metadata_count(pointer)) {
            cgrpc_call_initial_metadata(pointer, $0)
        }
        return GRPCResponse(message: message, initialMetadata: initial, trailingMetadata: trailing)
    }

    /// An error of this call.
    func failure(_ code: GRPCStatusCode, _ message: String) -> GRPCError {
        GRPCError(code: code, message: message, method: method, target: target)
    }
}

extension GRPCMetadata {
    /// Copies what the core received.
    fileprivate init(count: Int, entry: (Int) -> cgrpc_metadata) {
        self.init()
        for index in 0..<count {
            let entry = entry(index)
            let key = String(entry.key)
            let value =
                key.hasSuffix("-bin")
                ? .binary([UInt8](entry.value.buffer)) : GRPCMetadataValue.ascii(String(entry.value))
            append(received: value, forKey: key)
        }
    }
}

extension cgrpc_span {
    fileprivate var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: bytes, count: count) }
}

extension String {
    fileprivate init(_ span: cgrpc_span) {
        self.init(decoding: span.buffer, as: UTF8.self)
    }
}

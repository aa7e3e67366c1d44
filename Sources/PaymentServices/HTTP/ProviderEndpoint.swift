import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// One provider's HTTP interface: JSON in, JSON out, one time limit on a whole exchange, and one circuit breaker for all of them.
struct ProviderEndpoint: Sendable {
    /// No provider has reason to say more than this, in bytes.
    static let maximumAnswerBytes = 65_536

    /// For texts, such as `the gateway`.
    let service: String
    private let base: String
    private let client: HTTPClient
    private let breaker: CircuitBreaker

    init(
        service: String, url: String, client: HTTPClient, breaker: CircuitBreaker = CircuitBreaker()
    ) throws(ServiceURLError) {
        guard let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme?.lowercased()),
            parts.host?.isEmpty == false, parts.user == nil, parts.password == nil, parts.query == nil,
            parts.fragment == nil
        else { throw ServiceURLError(service: service) }
        self.service = service
        self.client = client
        self.breaker = breaker
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    /// - Throws: ``NoAnswer``, after which it is unknown whether the provider acted; `CancellationError`.
    func get(_ path: [String], timeout: Duration) async throws -> ProviderAnswer {
        try await exchange(HTTPClientRequest(url: url(path)), timeout: timeout)
    }

    /// - Throws: As ``get(_:timeout:)``.
    func post(
        _ path: [String], _ body: some Encodable, idempotencyKey: String? = nil, timeout: Duration
    ) async throws -> ProviderAnswer {
        var request = HTTPClientRequest(url: url(path))
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        if let idempotencyKey { request.headers.add(name: "idempotency-key", value: idempotencyKey) }
        let encoder = JSONEncoder()
        // A provider may compare a repeated request with the first one byte by byte.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        request.body = .bytes(ByteBuffer(bytes: try encoder.encode(body)))
        return try await exchange(request, timeout: timeout)
    }

    private func url(_ path: [String]) -> String {
        let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        return path.reduce(base) { url, segment in
            "\(url)/\(segment.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "")"
        }
    }

    private func exchange(_ request: HTTPClientRequest, timeout: Duration) async throws -> ProviderAnswer {
        do {
            return try await breaker.call {
                let answer = try await answer(to: request, within: timeout)
                return (answer, isFailure: answer.status >= 500)
            }
        } catch let open as CircuitBreaker.Open {
            // Not all at the same moment.
            let delay = open.retryAfter * Double.random(in: 1...1.25) + .milliseconds(50)
            throw NoAnswer(
                service: service, reason: "it failed too often lately and is not called for a while", wasSent: false,
                retryAfter: delay)
        }
    }

    private func answer(to request: HTTPClientRequest, within timeout: Duration) async throws -> ProviderAnswer {
        do {
            let answer = try await withTimeLimit(timeout) { [client] in
                // The client's own limit ends with the answer's head; the one around it also covers the body.
                let response = try await client.execute(request, timeout: TimeAmount(timeout))
                let body = try await response.body.collect(upTo: Self.maximumAnswerBytes)
                return ProviderAnswer(status: Int(response.status.code), body: Data(body.readableBytesView))
            }
            guard let answer else { throw HTTPClientError.deadlineExceeded }
            return answer
        } catch {
            try Task.checkCancellation()
            throw NoAnswer(service: service, reason: Self.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case is NIOTooManyBytesError: "the answer is longer than \(maximumAnswerBytes) bytes"
        default: "\(error)"
        }
    }
}

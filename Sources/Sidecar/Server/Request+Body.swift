import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// - Throws: a ``Problem`` unless the body is declared to be JSON as it is, not compressed.
    func requireJSON() throws {
        let mediaType = headers[.contentType]?.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        guard mediaType == "application/json" else {
            var problem = Problem(.unsupportedMediaType, "the body must be JSON, with content-type: application/json")
            problem.headers[.accept] = "application/json"
            throw problem
        }
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
            var problem = Problem(.unsupportedMediaType, "the body must not be compressed")
            problem.headers[.acceptEncoding] = "identity"
            throw problem
        }
    }

    /// The whole body.
    ///
    /// - Parameter limit: How long the caller may take to send it.
    /// - Throws: a ``Problem`` if it is too large, too slow or breaks off.
    func limitedBody(within limit: Duration = .seconds(10)) async throws -> [UInt8] {
        let maximum = SidecarContext.maximumBodySize
        let tooLarge = Problem(.contentTooLarge, "the body must not be larger than \(maximum) bytes")
        if let length = headers[.contentLength].flatMap(Int.init), length > maximum { throw tooLarge }
        do {
            return try await withThrowingTaskGroup(of: [UInt8].self) { group in
                group.addTask { [body] in Array(try await body.collect(upTo: maximum).readableBytesView) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw Problem(.requestTimeout, "the body did not arrive within \(limit)")
                }
                defer { group.cancelAll() }
                return try await group.next() ?? []
            }
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch let problem as Problem {
            throw problem
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Problem(.badRequest, "the body could not be read to its end")
        }
    }
}

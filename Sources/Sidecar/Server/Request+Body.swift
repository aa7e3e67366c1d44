import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// - Throws: a ``Problem`` unless the body is declared to be JSON.
    func requireJSON() throws {
        let mediaType = headers[.contentType]?.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        guard mediaType == "application/json" else {
            var problem = Problem(.unsupportedMediaType, "the body must be JSON, with content-type: application/json")
            problem.headers[.accept] = "application/json"
            throw problem
        }
    }

    /// The whole body.
    ///
    /// - Throws: a ``Problem`` if it is too large or breaks off.
    func limitedBody() async throws -> [UInt8] {
        let limit = SidecarContext.maximumBodySize
        let tooLarge = Problem(.contentTooLarge, "the body must not be larger than \(limit) bytes")
        if let length = headers[.contentLength].flatMap(Int.init), length > limit { throw tooLarge }
        do {
            let buffer = try await body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Problem(.badRequest, "the body could not be read to its end")
        }
    }
}

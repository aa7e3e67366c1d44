import Foundation
import FoundationNetworking
import Testing

/// What a role answers over HTTP.
struct HTTPAnswer {
    let status: Int?
    let text: String

    static func get(_ url: String) async throws -> HTTPAnswer {
        let (data, response) = try await URLSession.shared.data(from: try #require(URL(string: url)))
        return HTTPAnswer(
            status: (response as? HTTPURLResponse)?.statusCode, text: String(decoding: data, as: UTF8.self))
    }
}

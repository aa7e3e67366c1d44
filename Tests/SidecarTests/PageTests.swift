import HTTPTypes
import Testing

@testable import Sidecar

@Suite("The live page", .timeLimit(.minutes(5)))
struct PageTests {
    @Test("It may load nothing but its own parts, which are there")
    func parts() async throws {
        try await TestingSidecar.with { sidecar in
            let page = try await sidecar.call(.get, "/")
            #expect(page.status == 200)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe"))
            #expect(page.headers[.xContentTypeOptions] == "nosniff")
            for (path, type) in [("/page.css", "text/css"), ("/page.js", "text/javascript")] {
                #expect(page.text.contains("\"\(path)\""))
                let part = try await sidecar.call(.get, path)
                #expect(part.status == 200)
                #expect(part.headers[.contentType] == "\(type); charset=utf-8")
                #expect(!part.text.isEmpty)
            }
        }
    }

    @Test("It puts nothing into the document as markup")
    func noMarkup() async throws {
        try await TestingSidecar.with { sidecar in
            let script = try await sidecar.call(.get, "/page.js")
            for name in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
                #expect(!script.text.contains(name))
            }
            let page = try await sidecar.call(.get, "/")
            #expect(!page.text.contains(" style=") && !page.text.contains(" onclick="))
        }
    }
}

import Foundation
import Testing

@testable import Temporal

@Suite("What comes page by page")
struct PagedSequenceTests {
    private let sequence = PagedSequence<Int> { cursor in
        switch String(decoding: cursor, as: UTF8.self) {
        case "": ([1, 2], Data("b".utf8))
        case "b": ([], Data("c".utf8))
        case "c": ([3], Data("d".utf8))
        case "d": ([], Data())
        default: throw CancellationError()
        }
    }

    @Test("An empty page with a cursor is not the end, and the last page may be empty")
    func all() async throws {
        var elements: [Int] = []
        for try await element in sequence { elements.append(element) }
        #expect(elements == [1, 2, 3])
    }

    @Test("Pages are taken one at a time, from where the last one ended")
    func pages() async throws {
        var cursor: Data?
        var pages: [[Int]] = []
        repeat {
            let page = try await sequence.page(at: cursor)
            pages.append(page.elements)
            cursor = page.cursor
        } while cursor != nil
        #expect(pages == [[1, 2], [], [3], []])
    }
}

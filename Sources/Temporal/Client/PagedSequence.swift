public import Foundation

/// What a server hands out page by page: iterate over all of it, or take one page at a time.
public struct PagedSequence<Element: Sendable>: AsyncSequence, Sendable {
    /// One page.
    public struct Page: Sendable {
        /// Its elements; there may be none though more pages follow.
        public let elements: [Element]
        /// Where the next page begins; nil after the last. It may be kept, and used by another process.
        public let cursor: Data?
    }

    let fetch: @Sendable (_ cursor: Data) async throws -> (elements: [Element], cursor: Data)

    /// Fetches one page.
    /// - Parameter cursor: Where the page begins: what the page before it said; nil is the first page.
    /// - Throws: ``TemporalRPCError``; ``PayloadCodecError``.
    public func page(at cursor: Data? = nil) async throws -> Page {
        let (elements, next) = try await fetch(cursor ?? Data())
        return Page(elements: elements, cursor: next.isEmpty ? nil : next)
    }

    public func makeAsyncIterator() -> Iterator { Iterator(fetch: fetch) }

    /// Fetches a page when the one before it has been used up.
    public struct Iterator: AsyncIteratorProtocol {
        let fetch: @Sendable (_ cursor: Data) async throws -> (elements: [Element], cursor: Data)
        private var elements: ArraySlice<Element> = []
        private var cursor = Data()
        private var isLast = false

        init(fetch: @escaping @Sendable (_ cursor: Data) async throws -> (elements: [Element], cursor: Data)) {
            self.fetch = fetch
        }

        public mutating func next() async throws -> Element? {
            while elements.isEmpty {
                guard !isLast else { return nil }
                let page = try await fetch(cursor)
                (elements, cursor, isLast) = (page.elements[...], page.cursor, page.cursor.isEmpty)
            }
            return elements.popFirst()
        }
    }
}

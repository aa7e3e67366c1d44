import Hummingbird
import PaymentSaga

/// What the caller of a list asks for.
struct PaymentListQuery: Sendable, Equatable {
    static let status = "status"
    static let userID = "user_id"
    private static let limit = "limit"
    private static let cursor = "cursor"

    static let defaultLimit = 50
    static let maximumLimit = 100

    var filter = PaymentFilter()
    var limit = Self.defaultLimit
    var cursor: PaymentCursor?

    /// - Throws: ``Problem``, which names the parameter.
    init(_ request: Request) throws {
        var seen: Set<Substring> = []
        for (name, value) in request.uri.queryParameters {
            guard seen.insert(name).inserted else { throw Self.problem("\(name) is given twice", name) }
            switch String(name) {
            case Self.status: filter.status = try Self.status(value)
            case Self.userID: filter.userID = try Self.userID(value)
            case Self.limit: limit = try Self.limit(value)
            case Self.cursor:
                guard let cursor = PaymentCursor(text: String(value)) else {
                    throw Self.problem("cursor is none that this service has given out", name)
                }
                self.cursor = cursor
            default:
                throw Self.problem(
                    "there is no parameter of this name: it takes status, user_id, limit and cursor", name)
            }
        }
        if let cursor, cursor.filter != filter.digest {
            throw Self.problem("cursor belongs to a list with another status or user_id", Self.cursor[...])
        }
    }

    private static func status(_ value: Substring) throws -> PaymentStatusView.Status {
        guard let status = PaymentStatusView.Status(rawValue: String(value)) else {
            let names = PaymentStatusView.Status.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem("status must be one of \(names)", status[...])
        }
        return status
    }

    private static func userID(_ value: Substring) throws -> String {
        let hasControls = value.utf8.contains { $0 < 0x20 || $0 == 0x7F }
        guard (1...PaymentFilter.maximumUserIDLength).contains(value.unicodeScalars.count), !hasControls else {
            throw problem(
                "user_id must have 1 to \(PaymentFilter.maximumUserIDLength) characters without control characters",
                userID[...])
        }
        return String(value)
    }

    private static func limit(_ value: Substring) throws -> Int {
        guard let limit = Int(value), value.allSatisfy(\.isNumber), (1...maximumLimit).contains(limit) else {
            throw problem("limit must be a number from 1 to \(maximumLimit)", Self.limit[...])
        }
        return limit
    }

    private static func problem(_ detail: String, _ name: Substring) -> Problem {
        Problem(.badRequest, detail, field: String(name.prefix(64)))
    }
}

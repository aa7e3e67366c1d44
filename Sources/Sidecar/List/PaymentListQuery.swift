import Foundation
import Hummingbird
import PaymentSaga
import SwiftProtobuf

/// What the caller of a list asks for.
struct PaymentListQuery: Sendable, Equatable {
    static let status = "status"
    static let userID = "user_id"
    private static let createdAfter = "created_after"
    private static let createdBefore = "created_before"
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
            case Self.createdAfter: filter.created.first = try Self.time(value, name)
            case Self.createdBefore: filter.created.end = try Self.time(value, name)
            case Self.limit: limit = try Self.limit(value)
            case Self.cursor:
                guard let cursor = PaymentCursor(text: String(value)) else {
                    throw Self.problem("cursor is none that this service has given out", name)
                }
                self.cursor = cursor
            default:
                throw Self.problem(
                    "there is no parameter of this name: it takes status, user_id, created_after, created_before, "
                        + "limit and cursor", name)
            }
        }
        if let cursor, cursor.filter != filter.digest {
            throw Self.problem("cursor belongs to a list with other parameters", Self.cursor[...])
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

    /// - Returns: Milliseconds since 1970, rounded up to whole ones, so that no payment of before is listed.
    private static func time(_ value: Substring, _ name: Substring) throws -> Int64 {
        // What JSON would have to escape is in no time.
        guard !value.contains(where: { "\"\\".contains($0) }),
            let time = try? Google_Protobuf_Timestamp(jsonString: "\"\(value)\"")
        else {
            throw problem("\(name) must be an RFC 3339 time such as 2026-01-31T09:30:00Z", name)
        }
        return time.seconds * 1000 + Int64((time.nanos + 999_999) / 1_000_000)
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

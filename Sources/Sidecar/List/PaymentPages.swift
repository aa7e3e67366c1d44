import Foundation
import PaymentSaga

/// Lists payments, newest first.
///
/// Temporal's index has no order of its own choice, so that the sidecar searches spans of time, from the latest to the
/// earliest, and puts each in order. A span is shortened when it holds too many payments, and lengthened when it holds few, but
/// never beyond half of one that was too long: so a gap before many payments is halved again and again, and not walked through.
struct PaymentPages: Sendable {
    /// How many payments a span may hold for each that is wanted: more than the factor by which spans change, so that a
    /// span that is too long is followed by one that is long enough.
    private static let spanFill = 10
    private static let firstSpan: Int64 = 60_000
    private static let longestSpan: Int64 = 90 * 86_400_000
    private static let factor: Int64 = 8
    /// The longest that a cursor can name.
    static let longestGiven = longestSpan * factor * factor
    /// How long to wait for the payments' own words.
    private static let askingLimit = Duration.seconds(1)

    let directory: any PaymentDirectory
    let reports: PaymentReports

    /// - Throws: ``DependencyUnavailableError``; ``UnknownFilterError``.
    func page(_ query: PaymentListQuery, now: Date) async throws -> PaymentPage {
        let (entries, span, isLast) = try await entries(query, now: now)
        let known = await reports.reports(on: entries.map(\.paymentID), within: Self.askingLimit)
        let summaries = entries.map { PaymentSummary($0, known[$0.paymentID]) }
        let next =
            isLast
            ? nil
            : entries.last.map {
                PaymentCursor(startedAt: $0.startedAt, paymentID: $0.paymentID, span: span, filter: query.filter)
            }
        return PaymentPage(
            // The index may be behind the payments.
            payments: summaries.filter { query.filter.status == nil || $0.status == query.filter.status },
            nextCursor: next?.text)
    }

    private func entries(
        _ query: PaymentListQuery, now: Date
    ) async throws -> (entries: [PaymentEntry], span: Int64?, isLast: Bool) {
        var found: [PaymentEntry] = []
        // One more than asked for tells whether this is the last page.
        let wanted = query.limit + 1
        let created = query.filter.created
        var end = [query.cursor.map { $0.startedAt + 1 }, created.end].compactMap { $0 }.min()
        // The time to come is searched as one: but for other clocks, nothing is there.
        if let given = end, given > now.milliseconds { end = nil }
        var span = query.cursor == nil ? nil : query.cursor?.span
        // The latest time after which there are too many.
        var tooEarly: Int64?
        var isExhausted = false
        while found.count < wanted, !isExhausted {
            if let first = created.first, let end, end <= first { break }
            let first = [span.map { (end ?? now.milliseconds) - $0 }, created.first].compactMap { $0 }.max()
            let isShortest = span == 1
            let selection = try await directory.payments(
                matching: query.filter, started: StartSpan(first: first, end: end),
                limit: isShortest ? .max : Self.spanFill * query.limit)
            guard selection.isComplete else {
                tooEarly = first
                span = max(1, (span ?? Self.firstSpan * Self.factor) / Self.factor)
                continue
            }
            let belonging = selection.entries.filter { entry in
                (query.cursor?.isBefore(entry) ?? true) && created.end.map { entry.startedAt < $0 } ?? true
            }
            found += belonging.sorted { $1.isAfter($0) }
            end = first
            isExhausted = first == created.first
            if found.count < wanted, let current = span {
                let growth = selection.entries.isEmpty ? Self.factor * Self.factor : Self.factor
                span = current >= Self.longestSpan ? nil : current * growth
                if let tooEarly, let end, tooEarly < end {
                    span = min(span ?? .max, (end - tooEarly + 1) / 2)
                }
            }
        }
        return (Array(found.prefix(query.limit)), span, found.count <= query.limit)
    }
}

extension PaymentEntry {
    /// The order of lists: newest first, those of one millisecond by their ids.
    fileprivate func isAfter(_ other: PaymentEntry) -> Bool {
        (startedAt, paymentID) < (other.startedAt, other.paymentID)
    }
}

extension PaymentCursor {
    fileprivate func isBefore(_ entry: PaymentEntry) -> Bool {
        (entry.startedAt, entry.paymentID) < (startedAt, paymentID)
    }
}

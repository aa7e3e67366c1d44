import Foundation
import Hummingbird
import PaymentSaga

/// A part of a list of payments.
struct PaymentPage: ResponseEncodable, Sendable {
    let payments: [PaymentSummary]
    /// Asks for the next part; nil if there is none.
    let nextCursor: String?

    enum CodingKeys: String, CodingKey {
        case payments
        case nextCursor = "next_cursor"
    }
}

/// A payment in a list.
struct PaymentSummary: Encodable, Sendable {
    let paymentID: String
    let status: PaymentStatusView.Status
    let stage: String?
    let reasonCode: ReasonCode?
    /// Nil if the index doesn't know, and nothing else answered in time; so with the merchant and the amount.
    let userID: String?
    let merchantID: String?
    let amount: Amount?
    let createdAt: Date
    let updatedAt: Date
    let source: PaymentReport.Source

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case status, stage
        case reasonCode = "reason_code"
        case userID = "user_id"
        case merchantID = "merchant_id"
        case amount
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case source
    }

    init(_ entry: PaymentEntry, _ report: PaymentReport?) {
        // What a payment said before it ended is over when the index knows the end.
        let report = report.flatMap { entry.status.isTerminal && !$0.status.isTerminal ? nil : $0 }
        paymentID = entry.paymentID
        status = report?.status ?? entry.status
        stage = report?.stage
        reasonCode = report?.reasonCode
        userID = report?.userID ?? entry.userID
        merchantID = report?.merchantID
        amount = report?.amount
        createdAt = Date(milliseconds: entry.startedAt)
        updatedAt = report?.updatedAt ?? entry.endedAt ?? createdAt
        source = report?.source ?? .stored
    }
}

import Foundation
import PaymentSaga
import Temporal

/// What the directory's index knows of a payment.
struct PaymentEntry: Sendable, Equatable {
    let paymentID: String
    /// Milliseconds since 1970.
    let startedAt: Int64
    let endedAt: Date?
    private(set) var status: PaymentStatusView.Status
    let userID: String?
}

extension PaymentEntry {
    init(_ execution: WorkflowExecution) {
        let attributes = execution.searchAttributes
        let told = attributes[.keyword(VisibilityQuery.statusAttribute)].flatMap(PaymentStatusView.Status.init)
        let status: PaymentStatusView.Status =
            switch execution.status {
            // Something ended the workflow from outside.
            case .failed, .canceled, .terminated, .timedOut: .failed
            case .running, .paused, .continuedAsNew, .completed, .unknown: told ?? .processing
            }
        self.init(
            paymentID: execution.workflowID, startedAt: execution.startTime.milliseconds, endedAt: execution.closeTime,
            status: status, userID: attributes[.keyword(VisibilityQuery.userAttribute)])
    }

    /// The same payment, carried out after all.
    var reinstated: PaymentEntry {
        var copy = self
        copy.status = .succeeded
        return copy
    }
}

/// Payments that a directory has found.
struct PaymentSelection: Sendable {
    var entries: [PaymentEntry]
    /// False if there are more.
    var isComplete: Bool
}

/// A span of times at which payments were started, in milliseconds since 1970.
struct StartSpan: Sendable, Hashable {
    /// Nil is the beginning of time.
    var first: Int64?
    /// The first that does not belong to it any more; nil is the end of time.
    var end: Int64?
}

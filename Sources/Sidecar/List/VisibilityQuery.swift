import Foundation
import PaymentSaga

/// Temporal's list filters for payments.
enum VisibilityQuery {
    static let statusAttribute = "PaymentStatus"
    static let userAttribute = "PaymentUserId"

    static func text(_ filter: PaymentFilter, _ span: StartSpan) -> String {
        var conditions = [isPayment]
        if let status = filter.status { conditions.append(condition(status)) }
        if let userID = filter.userID { conditions.append("\(userAttribute) = \(quoted(userID))") }
        if let first = span.first { conditions.append("StartTime >= \(quoted(Date(milliseconds: first).timestamp))") }
        if let end = span.end { conditions.append("StartTime < \(quoted(Date(milliseconds: end).timestamp))") }
        return conditions.joined(separator: " AND ")
    }

    static func text(endedAfter time: Date) -> String {
        "\(isPayment) AND CloseTime >= \(quoted(time.timestamp))"
    }

    private static let isPayment = "WorkflowType = \(quoted(PaymentWorkflow.workflowType))"

    private static func condition(_ status: PaymentStatusView.Status) -> String {
        let isThis = "\(statusAttribute) = \(quoted(status.rawValue))"
        return switch status {
        // Those that have ended meanwhile are left out by the reader.
        case .pending, .processing: "ExecutionStatus = 'Running'"
        // A workflow that something ended from outside is a payment that failed.
        case .failed: "(\(isThis) OR ExecutionStatus IN ('Failed', 'Canceled', 'Terminated', 'TimedOut'))"
        case .succeeded, .cancelled, .rejected: isThis
        }
    }

    /// A text in a filter, whatever is in it.
    static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        return "'\(escaped)'"
    }
}

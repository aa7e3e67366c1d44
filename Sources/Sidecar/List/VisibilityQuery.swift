import Foundation
import PaymentSaga

/// Temporal's list filters for payments.
enum VisibilityQuery {
    static let statusAttribute = "PaymentStatus"
    static let userAttribute = "PaymentUserId"

    /// - Parameter reinstated: The payments that have succeeded after they had ended otherwise, which their own workflows don't tell.
    static func text(_ filter: PaymentFilter, _ span: StartSpan, reinstated: Set<String> = []) -> String {
        var conditions = [isPayment]
        if let status = filter.status { conditions.append(condition(status, reinstated)) }
        if let userID = filter.userID { conditions.append("\(userAttribute) = \(quoted(userID))") }
        if let first = span.first { conditions.append("StartTime >= \(quoted(Date(milliseconds: first).timestamp))") }
        if let end = span.end { conditions.append("StartTime < \(quoted(Date(milliseconds: end).timestamp))") }
        return conditions.joined(separator: " AND ")
    }

    static func text(endedAfter time: Date) -> String {
        "\(isPayment) AND CloseTime >= \(quoted(time.timestamp))"
    }

    private static let isPayment = "WorkflowType = \(quoted(PaymentWorkflow.workflowType))"

    /// The workflows of late confirmations that have reinstated their payments.
    static let reinstatements =
        "WorkflowType = \(quoted(LateConfirmationWorkflow.workflowType)) "
        + "AND \(statusAttribute) = \(quoted(PaymentStatusView.Status.succeeded.rawValue))"

    private static func condition(_ status: PaymentStatusView.Status, _ reinstated: Set<String>) -> String {
        let condition = condition(status)
        guard !reinstated.isEmpty else { return condition }
        let ids = reinstated.sorted().map(quoted).joined(separator: ", ")
        return switch status {
        case .pending, .processing, .rejected: condition
        case .succeeded: "(\(condition) OR WorkflowId IN (\(ids)))"
        case .failed, .cancelled: "\(condition) AND WorkflowId NOT IN (\(ids))"
        }
    }

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

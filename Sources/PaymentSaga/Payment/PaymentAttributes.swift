public import Foundation
public import Temporal

/// The search attributes by which payments are found. A namespace must know them before a worker serves it.
public enum PaymentAttributes {
    /// As in ``PaymentStatusView/status``.
    public static let status = SearchAttributeKey.keyword("PaymentStatus")
    public static let userID = SearchAttributeKey.keyword("PaymentUserId")
    /// True while a step waits for its next attempt or for an operator.
    public static let stuck = SearchAttributeKey.bool("PaymentStuck")
    /// Until when a payment may wait for a person's approval; once it waits no more, when that was. Without a value, it never waited.
    public static let waitsUntil = SearchAttributeKey.datetime("PaymentWaitsUntil")

    /// Their names and the names that Temporal has for their types.
    public static let definitions = [
        (status.name, "Keyword"), (userID.name, "Keyword"), (stuck.name, "Bool"), (waitsUntil.name, "Datetime"),
    ]

    /// What a payment begins with. Whoever starts one saves it an event by starting it with these.
    public static func initial(of request: PaymentRequest) throws -> SearchAttributes {
        SearchAttributes(try status.set(Self.processing), try userID.set(request.userID))
    }

    private static let processing = PaymentStatusView.Status.processing.rawValue

    static func begin(_ request: PaymentRequest, _ context: WorkflowContext) throws {
        let given = context.info.searchAttributes
        guard given[status] != processing || given[userID] != request.userID else { return }
        context.upsert(try status.set(processing), try userID.set(request.userID))
    }

    static func end(_ status: PaymentStatusView.Status, _ context: WorkflowContext) throws {
        context.upsert(try Self.status.set(status.rawValue))
    }

    /// What the workflow of a late confirmation is found by once it has reinstated its payment.
    static func tellReinstatement(of request: PaymentRequest, _ context: WorkflowContext) throws {
        context.upsert(
            try status.set(PaymentStatusView.Status.succeeded.rawValue), try userID.set(request.userID))
    }

    static func setWait(until time: Date, _ context: WorkflowContext) throws {
        context.upsert(try waitsUntil.set(time))
    }

    static func setStuck(_ isStuck: Bool, _ context: WorkflowContext) throws {
        guard context.info.searchAttributes[stuck] ?? false != isStuck else { return }
        context.upsert(isStuck ? try stuck.set(true) : stuck.unset)
    }
}

import PaymentSaga

/// Which payments a list is about.
struct PaymentFilter: Sendable, Hashable {
    static let maximumUserIDLength = 128

    var status: PaymentStatusView.Status?
    var userID: String?
    /// When they were started.
    var created = StartSpan()

    /// The parameter that the directory's words about an unknown attribute are about.
    func parameter(of message: String) -> String? {
        if status != nil, message.contains(VisibilityQuery.statusAttribute) { return PaymentListQuery.status }
        if userID != nil, message.contains(VisibilityQuery.userAttribute) { return PaymentListQuery.userID }
        return nil
    }
}

import Logging
import Temporal

extension PaymentWorkflow {
    /// Both channels at once; neither changes how the payment ended.
    func notify(_ announcement: OutcomeAnnouncement, _ context: WorkflowContext) async {
        async let email: Void = notify(.email, .notifyEmail, announcement, context)
        async let sms: Void = notify(.sms, .notifySMS, announcement, context)
        _ = await (email, sms)
    }

    private func notify(
        _ channel: NotificationOrder.Channel, _ step: PaymentStep, _ announcement: OutcomeAnnouncement,
        _ context: WorkflowContext
    ) async {
        do {
            try await self.step(step, context) {
                let order = NotificationOrder(channel: channel, announcement: announcement)
                let _: NoValue = try await perform(
                    PaymentActivities.notify, order, .notifications, step, context, within: .bestEffort)
            }
        } catch {
            context.logger.warning("the user was not told by \(channel.rawValue): \(error)")
        }
    }
}

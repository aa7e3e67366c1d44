import PaymentEvents
import Testing

@Suite struct TopicsTests {
    @Test("The default topics are the contract's") func defaults() {
        let topics = Topics()
        #expect(topics.requests == "payments.requests")
        #expect(topics.confirmations == "payments.confirmations")
        #expect(topics.cancellations == "payments.cancellations")
        #expect(topics.outcomes == "payments.outcomes")
        #expect(topics.notifications == "payments.notifications")
        #expect(topics.deadLetters == "payments.dead-letters")
        #expect(topics.orderRequests == "orders.requests")
        #expect(topics.orderOutcomes == "orders.outcomes")
        #expect(topics.settlements == "settlements.batches")
        #expect(topics.reconciliation == "reconciliation.differences")
    }
}

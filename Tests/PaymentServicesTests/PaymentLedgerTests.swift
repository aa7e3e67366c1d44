import GRDB
import Ledger
import PaymentSaga
import Temporal
import Testing

@testable import PaymentServices

@Suite("Ledger steps", .timeLimit(.minutes(5)))
struct PaymentLedgerTests {
    @Test("A payment that can be made is let through, and nothing moves yet")
    func valid() async throws {
        try await LedgerFixture.lending { fixture in
            let answer = try await fixture.steps.validate(.sample(minorUnits: 80_00))
            #expect(answer == .accepted)
            #expect(try await fixture.balance("user-1") == 100_00)
            #expect(try await fixture.ledger.state(payment: "p-1") == .unknown)
        }
    }

    @Test(
        "Validation refuses with the reason, without naming anyone",
        arguments: RefusedPayment.byUser + RefusedPayment.byMerchant)
    func refusedByValidation(payment: RefusedPayment) async throws {
        try await lendingManyAccounts { fixture in
            let refusal = try #require(try await fixture.steps.validate(payment.request).refusal)
            #expect(refusal.code == payment.code)
            #expect(!refusal.reason.isEmpty && !hasName(refusal.reason))
        }
    }

    @Test("Authorisation refuses with the reason, and moves nothing", arguments: RefusedPayment.byUser)
    func refusedByAuthorisation(payment: RefusedPayment) async throws {
        try await lendingManyAccounts { fixture in
            let refusal = try #require(try await fixture.steps.authorise(payment.request).refusal)
            #expect(refusal.code == payment.code)
            #expect(!refusal.reason.isEmpty && !hasName(refusal.reason))
            #expect(try await fixture.balance("user-1") == 100_00)
            #expect(try await fixture.ledger.state(payment: payment.request.paymentID) == .unknown)
        }
    }

    @Test("A payment is authorised and settled once, however often it is asked for")
    func repeated() async throws {
        try await LedgerFixture.lending { fixture in
            for _ in 1...3 { #expect(try await fixture.steps.authorise(.sample()) == .accepted) }
            #expect(try await fixture.balance("user-1") == 90_00)
            #expect(try await fixture.balance("clearing-EUR") == 10_00)
            for _ in 1...3 { try await fixture.steps.settle(.sample()) }
            #expect(try await fixture.steps.authorise(.sample()) == .accepted)
            #expect(try await fixture.balance("clearing-EUR") == 0)
            #expect(try await fixture.balance("shop-1") == 10_00)
            #expect(try await fixture.ledger.transfer(id: "p-1/authorise") != nil)
            #expect(try await fixture.ledger.transfer(id: "p-1/settle") != nil)
            #expect(try await fixture.ledger.verify().isConsistent)
        }
    }

    @Test("A payment is given back once, and can't be authorised or settled afterwards")
    func returned() async throws {
        try await LedgerFixture.lending { fixture in
            #expect(try await fixture.steps.authorise(.sample()) == .accepted)
            for _ in 1...3 { try await fixture.steps.returnFunds(.sample()) }
            #expect(try await fixture.balance("user-1") == 100_00)
            #expect(try await fixture.ledger.transfer(id: "p-1/return") != nil)
            try await expectFailure(ServiceFailure.ledgerRefused, isNonRetryable: true) {
                _ = try await fixture.steps.authorise(.sample())
            }
            try await expectFailure(ServiceFailure.ledgerRefused, isNonRetryable: true) {
                try await fixture.steps.settle(.sample())
            }
            #expect(try await fixture.ledger.verify().isConsistent)
        }
    }

    @Test("A payment given up before it was authorised refuses the authorisation that comes late")
    func voided() async throws {
        try await LedgerFixture.lending { fixture in
            try await fixture.steps.returnFunds(.sample())
            try await expectFailure(ServiceFailure.ledgerRefused, isNonRetryable: true) {
                _ = try await fixture.steps.authorise(.sample())
            }
            #expect(try await fixture.balance("user-1") == 100_00)
        }
    }

    @Test("What can't be undone or was never begun is refused for good")
    func outOfOrder() async throws {
        try await LedgerFixture.lending { fixture in
            try await expectFailure(ServiceFailure.ledgerRefused, isNonRetryable: true) {
                try await fixture.steps.settle(.sample())
            }
            #expect(try await fixture.steps.authorise(.sample()) == .accepted)
            try await fixture.steps.settle(.sample())
            try await expectFailure(ServiceFailure.ledgerRefused, isNonRetryable: true) {
                try await fixture.steps.returnFunds(.sample())
            }
            #expect(try await fixture.balance("shop-1") == 10_00)
        }
    }

    @Test("A merchant that closed since can't be paid, which ends the attempts and leaves the money to be returned")
    func merchantGone() async throws {
        try await LedgerFixture.lending { fixture in
            #expect(try await fixture.steps.authorise(.sample()) == .accepted)
            try await fixture.ledger.closeAccount("shop-1")
            let failure = try await expectFailure(ServiceFailure.ledgerRefused, isNonRetryable: true) {
                try await fixture.steps.settle(.sample())
            }
            #expect(failure.message == "the merchant's account is closed")
            try await fixture.steps.returnFunds(.sample())
            #expect(try await fixture.balance("user-1") == 100_00)
        }
    }

    @Test("A payment id used with other content is a conflict, in every step that has the content")
    func conflict() async throws {
        try await LedgerFixture.lending { fixture in
            try await fixture.open("shop-2", .merchant)
            #expect(try await fixture.steps.authorise(.sample()) == .accepted)
            try await expectFailure(ServiceFailure.ledgerConflict, isNonRetryable: true) {
                _ = try await fixture.steps.authorise(.sample(minorUnits: 11_00))
            }
            try await fixture.steps.settle(.sample())
            try await expectFailure(ServiceFailure.ledgerConflict, isNonRetryable: true) {
                try await fixture.steps.settle(.sample(merchant: "shop-2"))
            }
            #expect(try await fixture.balance("user-1") == 90_00)
        }
    }

    @Test("Validation repeated after the money moved still lets the payment through")
    func validatedLate() async throws {
        try await LedgerFixture.lending { fixture in
            for id in ["p-1", "p-2"] { _ = try await fixture.steps.authorise(.sample(id, minorUnits: 50_00)) }
            #expect(try await fixture.balance("user-1") == 0)
            #expect(try await fixture.steps.validate(.sample("p-1", minorUnits: 50_00)) == .accepted)
            #expect(try await fixture.steps.validate(.sample("p-3")).refusal?.code == .insufficientFunds)
        }
    }

    @Test("Validation tells what became of a payment that has ended, and of an id that stands for another")
    func earlier() async throws {
        try await LedgerFixture.lending { fixture in
            let steps = fixture.steps
            try await fixture.open("shop-2", .merchant)
            for id in ["settled", "returned", "reinstated"] {
                _ = try await steps.authorise(.sample(id))
                #expect(try await steps.validate(.sample(id, minorUnits: 11_00)).earlier == .other)
            }
            try await steps.settle(.sample("settled"))
            for id in ["returned", "reinstated", "voided"] { try await steps.returnFunds(.sample(id)) }
            #expect(try await steps.reinstate(.sample("reinstated")) == .accepted)
            let balance = try await fixture.balance("user-1")

            #expect(try await steps.validate(.sample("settled")).earlier == .succeeded)
            #expect(try await steps.validate(.sample("settled", minorUnits: 11_00)).earlier == .other)
            #expect(try await steps.validate(.sample("settled", merchant: "shop-2")).earlier == .other)
            #expect(try await steps.validate(.sample("returned")).earlier == .ended)
            #expect(try await steps.validate(.sample("reinstated")).earlier == .succeeded)
            #expect(try await steps.validate(.sample("voided")).earlier == .ended)
            #expect(try await steps.validate(.sample("new")) == .accepted)
            #expect(try await fixture.balance("user-1") == balance)
        }
    }

    @Test(
        "A clearing account that an operator closed is no fault of the payment's: nothing moves, and the error says it")
    func clearingClosed() async throws {
        try await LedgerFixture.lending { fixture in
            try await fixture.open("clearing-EUR", .clearing)
            try await fixture.ledger.closeAccount("clearing-EUR")
            let failure = try await expectFailure(ServiceFailure.ledgerRefused, isNonRetryable: true) {
                _ = try await fixture.steps.authorise(.sample())
            }
            #expect(failure.message.contains("clearing account for EUR"))
            #expect(try await fixture.balance("user-1") == 100_00)
        }
    }

    @Test("A failing database is worth another attempt, which succeeds when it is back")
    func storage() async throws {
        try await LedgerFixture.lending { fixture in
            let database = try DatabaseQueue(path: fixture.path)
            try await database.write { try $0.execute(sql: "ALTER TABLE transfers RENAME TO transfers_gone") }
            let steps: [() async throws -> Void] = [
                { _ = try await fixture.steps.validate(.sample()) },
                { _ = try await fixture.steps.authorise(.sample()) },
                { try await fixture.steps.settle(.sample()) },
                { try await fixture.steps.returnFunds(.sample()) },
            ]
            for step in steps {
                try await expectFailure(ServiceFailure.ledgerUnavailable, isNonRetryable: false, step)
            }
            try await database.write { try $0.execute(sql: "ALTER TABLE transfers_gone RENAME TO transfers") }
            #expect(try await fixture.steps.authorise(.sample()) == .accepted)
            #expect(try await fixture.balance("user-1") == 90_00)
        }
    }

    private func lendingManyAccounts(_ body: (LedgerFixture) async throws -> Void) async throws {
        try await LedgerFixture.lending { fixture in
            try await fixture.open("user-2", .user)
            try await fixture.open("user-closed", .user)
            try await fixture.open("shop-2", .merchant)
            try await fixture.open("shop-usd", .merchant, "USD")
            try await fixture.open("shop-closed", .merchant)
            for account in ["user-closed", "shop-closed"] { try await fixture.ledger.closeAccount(account) }
            try await body(fixture)
        }
    }

    private func hasName(_ text: String) -> Bool {
        ["user-", "shop-", "nobody", "funding", "tok_"].contains { text.contains($0) }
    }
}
